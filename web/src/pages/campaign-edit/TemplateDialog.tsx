/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Templates to choose from, each as clients of the campaign would read it. */
import SearchOutlined from "@ant-design/icons/es/icons/SearchOutlined";
import Button from "antd/es/button";
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PhonePicture, usePicked } from "@/features/message-text/PhonePicture";
import { useTextPreview } from "@/features/message-text/queries";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Skeleton } from "@/shared/ui/Skeleton";
import type { Draft } from "./draft";
import { useTemplates, type Template } from "./queries";
import styles from "./FromTemplate.module.css";

const typingMs = 300;
const queryMax = 200;

function Templates({ query, chosen, onChoose }: { query: string; chosen: Template | null; onChoose: (template: Template) => void }) {
  const { t } = useTranslation("campaign-edit");
  const { rows, error, again, more, loadingMore } = useTemplates(query);
  if (error !== null && rows === undefined) return <ErrorView error={error} onAgain={again} inline />;
  if (rows === undefined) return <Skeleton rows={6} full />;
  // Codes of confirmation are sent one by one.
  const usable = rows.filter(({ category }) => category !== "authorisation");
  if (usable.length === 0 && more === undefined) return query === "" ? <EmptyState title={t("template.none")}>{t("template.none_text")}</EmptyState> : <EmptyState title={t("template.nothing_fits")} />;
  return (
    <fieldset className={styles.templates}>
      <legend className="visually-hidden">{t("template.list")}</legend>
      {usable.map((template) => (
        <label key={template.id} className={styles.template} data-chosen={template.id === chosen?.id}>
          <input type="radio" name="template" checked={template.id === chosen?.id} onChange={() => onChoose(template)} />
          <span className={styles.name}>{template.name}</span>
          <span className={styles.category}>{t(`message_category.${template.category}`, { ns: "common" })}</span>
        </label>
      ))}
      {more !== undefined && (
        <Button onClick={more} loading={loadingMore}>
          {t("actions.more", { ns: "common" })}
        </Button>
      )}
    </fieldset>
  );
}

function Picture({ template, draft }: { template: Template | null; draft: Draft }) {
  const { t } = useTranslation("campaign-edit");
  const { preview, isFresh, error, again } = useTextPreview(template?.text ?? "", template?.spelling ?? "as_is", draft.list_id);
  const picked = usePicked(preview?.samples ?? []);
  const sender = template === null || template.sender === "" ? draft.sender : template.sender;
  return (
    <div className={styles.picture}>
      {error !== null && <ErrorView error={error} onAgain={again} inline />}
      <PhonePicture label={t("template.picture")} picked={picked} sender={sender} isStale={!isFresh && preview !== undefined} empty={template === null ? t("template.choose") : t("what.nobody")} />
    </div>
  );
}

export function TemplateDialog({ draft, onTake, onClose }: { draft: Draft; onTake: (template: Template) => void; onClose: () => void }) {
  const { t } = useTranslation("campaign-edit");
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<Template | null>(null);
  const asked = useDebounced(query.trim(), typingMs);
  return (
    <Modal
      open
      title={t("template.title")}
      okText={t("template.confirm")}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: chosen === null }}
      onOk={() => {
        if (chosen !== null) onTake(chosen);
      }}
      onCancel={onClose}
      width={800}
    >
      <div className={styles.dialog}>
        <div className={styles.choice}>
          <Input type="search" prefix={<SearchOutlined aria-hidden />} aria-label={t("template.query")} placeholder={t("template.query")} value={query} maxLength={queryMax} autoComplete="off" onChange={({ target }) => setQuery(target.value)} />
          <Templates query={asked} chosen={chosen} onChoose={setChosen} />
          {draft.text.trim() !== "" && <p className={styles.category}>{t("template.replaces")}</p>}
        </div>
        <Picture template={chosen} draft={draft} />
      </div>
    </Modal>
  );
}
