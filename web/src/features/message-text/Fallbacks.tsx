/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Each field the text uses: how its value is shown, and what stands there where a client has none. */
import Input from "antd/es/input";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useWidth } from "@/shared/hooks/useWidth";
import { FormatField } from "./FormatField";
import type { Lacking, Placeholder, Preview } from "./queries";
import { changeField, usedFields, type Template, type UsedField } from "./template";
import { useFieldName } from "./useFieldName";
import styles from "./TextEditor.module.css";

const fallbackMax = 100;

/* What becomes of a client who lacks the value, in numbers when they are known. */
function Note({ id, field, lacking }: { id: string; field: UsedField; lacking: Lacking }) {
  const { t } = useTranslation("message-text");
  const lacks = field.isNeeded ? lacking.find((one) => one.field === field.name) : undefined;
  return (
    <span id={id} className={lacks === undefined ? styles.fallbackNote : styles.lackingNote}>
      {lacks !== undefined && t("fallback.lacking", { count: lacks.clients, of: lacks.of })}
      {lacks === undefined && field.isNeeded && t("fallback.none")}
      {field.fallback === "" && t("fallback.empty")}
    </span>
  );
}

interface FallbackProps {
  field: UsedField;
  type: Placeholder | undefined;
  text: string;
  lacking: Lacking;
  onChange: (change: { fallback?: string; filters?: string }) => void;
}

function Fallback({ field, type, text, lacking, onChange }: FallbackProps) {
  const { t } = useTranslation("message-text");
  const name = useFieldName()(field.name);
  const id = useId();
  const size = useWidth() === "phone" ? "medium" : "small";
  return (
    <div className={styles.fallback}>
      {type !== undefined && <FormatField field={field} type={type} text={text} size={size} name={name} onChange={(filters) => onChange({ filters })} />}
      <div className={styles.standsIn}>
        <label htmlFor={id}>{t("fallback.label", { name: name.toLowerCase() })}</label>
        <Input
          id={id}
          size={size}
          value={field.fallback ?? ""}
          maxLength={fallbackMax}
          autoComplete="off"
          placeholder={field.name === "first_name" ? t("fallback.example") : ""}
          aria-describedby={`${id}-note`}
          onChange={(event) => onChange({ fallback: event.target.value })}
        />
      </div>
      <Note id={`${id}-note`} field={field} lacking={lacking} />
    </div>
  );
}

interface FallbacksProps {
  text: string;
  template: Template;
  /* Undefined: on their way. */
  placeholders: readonly Placeholder[] | undefined;
  preview: Preview | undefined;
  lacking: Lacking;
  onChange: (text: string) => void;
}

/* What is known of a field; while nothing is, it has the room of any other. */
function typeOf(field: string, placeholders: readonly Placeholder[] | undefined): Placeholder | undefined {
  if (placeholders === undefined) return { name: field, kind: "field", russian: null, type: "text" };
  return placeholders.find(({ name, russian }) => name === field || russian === field);
}

export function Fallbacks({ text, template, placeholders, preview, lacking, onChange }: FallbacksProps) {
  const { t } = useTranslation("message-text");
  const used = usedFields(template);
  if (used.length === 0) return null;
  const without = preview?.no_text ?? 0;
  return (
    <div className={styles.fallbacks} role="group" aria-label={t("fallback.group")}>
      {used.map((field, i) => (
        <Fallback
          key={`${i} ${field.name}`}
          field={field}
          type={typeOf(field.name, placeholders)}
          text={text}
          lacking={lacking}
          onChange={(change) => onChange(changeField(text, field, change))}
        />
      ))}
      {preview !== undefined && without > 0 && <p className={styles.without}>{t("fallback.without", { count: without, sampled: preview.sampled })}</p>}
    </div>
  );
}
