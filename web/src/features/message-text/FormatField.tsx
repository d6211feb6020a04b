/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a value is shown: chosen by what it will look like, never written as a filter. */
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { hasCyrillic } from "./filters";
import { filtersOf, formatOf, kindsFor, letterWays, type Format } from "./formats";
import type { Placeholder } from "./queries";
import type { UsedField } from "./template";
import styles from "./TextEditor.module.css";

const unitMax = 20;
const wordMax = 40;
const patternMax = 40;
const ownPattern = "own_pattern";
const patterns = { ru: [null, "D MMMM YYYY", "D MMMM", "DD.MM", "DD.MM.YY"], en: [null, "D MMMM YYYY", "D MMMM", "MM/DD/YYYY", "DD.MM.YYYY"] };

/* 31 December as a pattern prints it. */
function exampleOf(pattern: string | null, isRussian: boolean): string {
  const year = String(new Date().getFullYear());
  const usual = isRussian ? "DD.MM.YYYY" : "YYYY-MM-DD";
  const printed: Record<string, string> = { YYYY: year, YY: year.slice(2), MMMM: isRussian ? "декабря" : "December", MM: "12", M: "12", DD: "31", D: "31", HH: "10", H: "10", mm: "00" };
  return (pattern ?? usual).replace(/YYYY|YY|MMMM|MM|M|DD|D|HH|H|mm/g, (run) => printed[run] ?? run);
}

interface Choice {
  value: string;
  label: string;
  format: Format;
}

/* What can be chosen; of a date and of letters each way by itself. */
function useChoices(type: Placeholder, isRussian: boolean): Choice[] {
  const { t } = useTranslation("message-text");
  return kindsFor(type.type, type.kind === "attribute").flatMap((kind): Choice[] => {
    switch (kind) {
      case "date":
        return [
          ...patterns[isRussian ? "ru" : "en"].map((pattern): Choice => ({ value: `date ${pattern ?? ""}`, label: exampleOf(pattern, isRussian), format: { kind, pattern } })),
          { value: ownPattern, label: t("format.own_pattern"), format: { kind, pattern: isRussian ? "D MMMM YYYY г." : "MMMM D" } },
        ];
      case "letters":
        return letterWays.map((way) => ({ value: way, label: t(`format.${way}`), format: { kind, way } }));
      case "money":
        return [{ value: kind, label: t("format.money"), format: { kind, unit: isRussian ? "₽" : "" } }];
      case "plural":
        return [{ value: kind, label: t("format.plural"), format: { kind, forms: isRussian ? ["", "", ""] : ["", ""] } }];
      case "number":
      case "plain":
        return [{ value: kind, label: t(`format.${kind}`), format: { kind } }];
      case "own":
        return [];
    }
  });
}

function valueOf(format: Format, choices: readonly Choice[]): string {
  if (format.kind === "letters") return format.way;
  if (format.kind !== "date") return format.kind;
  const value = `date ${format.pattern ?? ""}`;
  return choices.some((choice) => choice.value === value) ? value : ownPattern;
}

interface DetailProps {
  format: Format;
  size: "small" | "medium";
  onChange: (format: Format) => void;
}

function Word({ label, value, max, size, onChange }: { label: string; value: string; max: number; size: "small" | "medium"; onChange: (text: string) => void }) {
  const id = useId();
  return (
    <span className={styles.detail}>
      <label htmlFor={id}>{label}</label>
      <Input id={id} size={size} value={value} maxLength={max} autoComplete="off" onChange={({ target }) => onChange(target.value)} />
    </span>
  );
}

/* What a way needs to be told beside. */
function Details({ format, size, onChange, isOwnPattern }: DetailProps & { isOwnPattern: boolean }) {
  const { t } = useTranslation("message-text");
  if (format.kind === "money") return <Word label={t("format.unit")} value={format.unit} max={unitMax} size={size} onChange={(unit) => onChange({ kind: "money", unit })} />;
  if (format.kind === "date" && isOwnPattern) {
    return (
      <>
        <Word label={t("format.pattern")} value={format.pattern ?? ""} max={patternMax} size={size} onChange={(pattern) => onChange({ kind: "date", pattern })} />
        <span className={styles.fallbackNote}>{t("format.pattern_note")}</span>
      </>
    );
  }
  if (format.kind !== "plural") return null;
  const numbers = format.forms.length === 3 ? (["1", "2", "5"] as const) : (["1", "many"] as const);
  return numbers.map((number, i) => (
    <Word
      key={number}
      label={number === "many" ? t("format.for_others") : t("format.for_number", { number })}
      value={format.forms[i] ?? ""}
      max={wordMax}
      size={size}
      onChange={(word) => onChange({ kind: "plural", forms: format.forms.map((form, at) => (at === i ? word : form)) })}
    />
  ));
}

interface FormatFieldProps {
  field: UsedField;
  type: Placeholder;
  text: string;
  size: "small" | "medium";
  /* As people call the field. */
  name: string;
  onChange: (filters: string) => void;
}

export function FormatField({ field, type, text, size, name, onChange }: FormatFieldProps) {
  const { t } = useTranslation("message-text");
  const id = useId();
  const choices = useChoices(type, hasCyrillic(text));
  // What is being filled in and cannot be written yet; it belongs to the filters it began with.
  const [draft, setDraft] = useState<{ of: string; format: Format } | null>(null);
  const isDrafted = draft !== null && draft.of === field.filters;
  const format = isDrafted ? draft.format : formatOf(field.chain);
  const change = (next: Format) => {
    const filters = filtersOf(next);
    setDraft({ of: filters ?? field.filters, format: next });
    if (filters !== undefined && filters !== field.filters) onChange(filters);
  };
  const value = valueOf(format, choices);
  const isKnown = choices.some((choice) => choice.value === value);
  const isUnfinished = isDrafted && filtersOf(format) === undefined;
  return (
    <div className={styles.format}>
      <label htmlFor={id} className={styles.formatLabel}>
        {t("format.label", { name: name.toLowerCase() })}
      </label>
      <Select<string>
        id={id}
        size={size}
        className={styles.formatSelect ?? ""}
        value={value}
        popupMatchSelectWidth={false}
        options={[...choices.map(({ value: one, label }) => ({ value: one, label })), ...(isKnown ? [] : [{ value, label: t("format.written", { filters: field.filters }) }])]}
        onChange={(chosen) => {
          const choice = choices.find((one) => one.value === chosen);
          if (choice !== undefined) change(choice.format);
        }}
      />
      <Details format={format} size={size} onChange={change} isOwnPattern={value === ownPattern} />
      {isUnfinished && <span className={styles.lackingNote}>{t(format.kind === "plural" ? "format.plural_unfinished" : "format.pattern_unfinished")}</span>}
    </div>
  );
}
