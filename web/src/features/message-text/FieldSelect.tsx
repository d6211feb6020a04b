/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* All fields to choose from, by groups; each with what its value is and how a text calls it. */
import Select from "antd/es/select";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { groupFields } from "./field-groups";
import type { Placeholder } from "./queries";
import { useFieldName } from "./useFieldName";
import styles from "./TextEditor.module.css";

const listHeight = 360;

/* A field, or a group of them. */
interface Option {
  value?: string;
  label: string;
  title?: string;
  field?: Placeholder;
  options?: Option[];
}

interface FieldSelectProps {
  placeholders: readonly Placeholder[];
  /* Null: nothing is chosen, as in a list of things to put in. */
  value: string | null;
  label: string;
  size?: "small" | "medium" | "large";
  id?: string;
  className?: string;
  onChoose: (field: Placeholder) => void;
}

export function FieldSelect({ placeholders, value, label, size = "medium", id, className = "", onChoose }: FieldSelectProps) {
  const { t } = useTranslation("message-text");
  const fieldName = useFieldName();
  const groups = useMemo(
    () =>
      groupFields(placeholders).map(({ group, fields }): Option => ({
        label: t(`group.${group}`),
        title: group,
        options: fields.map((field): Option => ({ value: field.name, label: fieldName(field.name), field })),
      })),
    [placeholders, t, fieldName],
  );
  const matches = (typed: string, { field, label: name }: Option) =>
    field !== undefined && [name, field.name, field.russian ?? ""].some((text) => text.toLowerCase().includes(typed.toLowerCase().replaceAll(/[{}]/g, "")));
  return (
    <Select<string, Option>
      {...(id === undefined ? {} : { id })}
      size={size}
      className={className}
      value={value}
      placeholder={label}
      aria-label={label}
      showSearch={{ filterOption: (typed, option) => option !== undefined && matches(typed, option) }}
      popupMatchSelectWidth={false}
      listHeight={listHeight}
      notFoundContent={t("insert.not_found")}
      options={groups}
      optionRender={({ data, label: name }) => (
        <span className={styles.option}>
          <span className={styles.optionName}>{name}</span>
          {data.field !== undefined && <span className={styles.optionType}>{t(`type.${data.field.type}`)}</span>}
        </span>
      )}
      onSelect={(_, { field }) => {
        if (field !== undefined) onChoose(field);
      }}
    />
  );
}
