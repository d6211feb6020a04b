/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A source that is switched off says what is to be done before it is switched on. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Source } from "@/api/types";
import { fieldsOf, usePutSource } from "@/features/source-words/queries";
import { useSchedule } from "@/features/source-words/useSchedule";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import styles from "./Source.module.css";

export function NextStep({ source }: { source: Source }) {
  const { t } = useTranslation("source");
  const schedule = useSchedule();
  const [asks, setAsks] = useState(false);
  const put = usePutSource(source.id, () => setAsks(false));
  if (source.enabled) return null;
  const { last_run: run } = source;
  const isTried = run?.status === "done";
  return (
    <Alert
      type="info"
      showIcon
      role="status"
      title={isTried ? t("next.tried") : t("next.title")}
      description={
        <div className={styles.next}>
          <p>{isTried ? t("next.tried_text") : t("next.text")}</p>
          <Button type={isTried ? "primary" : "default"} onClick={() => setAsks(true)}>
            {t("next.on")}
          </Button>
          <ConfirmDanger
            open={asks}
            title={t("next.on_title", { name: source.name })}
            confirm={t("next.on_confirm")}
            danger={false}
            busy={put.isPending}
            onConfirm={() => put.mutate({ ...fieldsOf(source), enabled: true })}
            onCancel={() => setAsks(false)}
          >
            <p>{t("next.on_text", { schedule: schedule(source).toLowerCase() })}</p>
            {source.mode === "full" && <p>{t("next.on_full")}</p>}
            {!isTried && <p>{t("next.on_untried")}</p>}
            {put.error !== null && <ErrorView error={put.error} inline />}
          </ConfirmDanger>
        </div>
      }
    />
  );
}
