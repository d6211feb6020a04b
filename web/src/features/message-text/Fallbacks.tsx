/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What stands in the text where a client's data is not known: asked for each field that is used. */
import Input from "antd/es/input";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useWidth } from "@/shared/hooks/useWidth";
import type { Preview } from "./queries";
import { setFallback, usedFields, type Template, type UsedField } from "./template";
import { useFieldName } from "./useFieldName";
import styles from "./TextEditor.module.css";

const fallbackMax = 100;

function Fallback({ field, onChange }: { field: UsedField; onChange: (fallback: string) => void }) {
  const { t } = useTranslation("message-text");
  const name = useFieldName()(field.name);
  const id = useId();
  return (
    <div className={styles.fallback}>
      <label htmlFor={id}>{t("fallback.label", { name: name.toLowerCase() })}</label>
      <Input
        id={id}
        size={useWidth() === "phone" ? "medium" : "small"}
        value={field.fallback ?? ""}
        maxLength={fallbackMax}
        autoComplete="off"
        placeholder={field.name === "first_name" ? t("fallback.example") : ""}
        aria-describedby={`${id}-note`}
        onChange={(event) => onChange(event.target.value)}
      />
      <span id={`${id}-note`} className={styles.fallbackNote}>
        {field.fallback === null && t("fallback.none")}
        {field.fallback === "" && t("fallback.empty")}
      </span>
    </div>
  );
}

export function Fallbacks({ text, template, preview, onChange }: { text: string; template: Template; preview: Preview | undefined; onChange: (text: string) => void }) {
  const { t } = useTranslation("message-text");
  const used = usedFields(template);
  if (used.length === 0) return null;
  const without = preview?.no_text ?? 0;
  return (
    <div className={styles.fallbacks} role="group" aria-label={t("fallback.group")}>
      {used.map((field) => (
        <Fallback key={field.name} field={field} onChange={(fallback) => onChange(setFallback(text, field.name, fallback))} />
      ))}
      {preview !== undefined && without > 0 && <p className={styles.without}>{t("fallback.without", { count: without, sampled: preview.sampled })}</p>}
    </div>
  );
}
