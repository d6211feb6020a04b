/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which template the text is from, and the way to take one. */
import FileTextOutlined from "@ant-design/icons/es/icons/FileTextOutlined";
import Button from "antd/es/button";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { useRight } from "@/shared/hooks/useMe";
import { TemplateDialog } from "./TemplateDialog";
import type { Draft } from "./draft";
import type { Template } from "./queries";
import styles from "./FromTemplate.module.css";

type Taken = Pick<Draft, "template_id" | "template_version">;

/* A newer version is offered, never put in by itself. */
function Source({ taken, onTake }: { taken: Taken; onTake: (template: Template) => void }) {
  const { t } = useTranslation("campaign-edit");
  const id = taken.template_id ?? "";
  const { data } = useQuery({ queryKey: keys.template(id), queryFn: ({ signal }) => api.get("/v1/templates/{id}", { path: { id }, signal }) });
  const version = taken.template_version ?? 0;
  return (
    <p className={styles.source}>
      {data === undefined ? "\u00a0" : `${t("template.from", { name: data.name, version })} ${t("template.own")}`}
      {data !== undefined && data.version > version && (
        <Button type="link" size="small" className={styles.newer ?? ""} onClick={() => onTake(data)}>
          {t("template.newer", { version: data.version })}
        </Button>
      )}
    </p>
  );
}

export function FromTemplate({ draft, onTake }: { draft: Draft; onTake: (template: Template) => void }) {
  const { t } = useTranslation("campaign-edit");
  const [asks, setAsks] = useState(false);
  if (!useRight("templates.read")) return null;
  const isTaken = draft.template_id !== null;
  return (
    <div className={styles.from}>
      {isTaken && <Source taken={draft} onTake={onTake} />}
      <Button icon={<FileTextOutlined aria-hidden />} onClick={() => setAsks(true)}>
        {t(isTaken ? "template.other" : "template.take")}
      </Button>
      {asks && (
        <TemplateDialog
          draft={draft}
          onTake={(template) => {
            setAsks(false);
            onTake(template);
          }}
          onClose={() => setAsks(false)}
        />
      )}
    </div>
  );
}
