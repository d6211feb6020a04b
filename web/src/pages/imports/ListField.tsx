/* SPDX-License-Identifier: AGPL-3.0-or-later */
import AutoComplete from "antd/es/auto-complete";
import Input from "antd/es/input";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber } from "@/shared/lib/format";
import type { ListName } from "./useLook";
import styles from "./Imports.module.css";

/* The list to put the clients on: one there is, a new one, or none; what will happen stands below. */
export function ListField({ value, lists, onChange }: { value: string; lists: readonly ListName[]; onChange: (name: string) => void }) {
  const { t } = useTranslation("imports");
  const language = useLanguage();
  const id = useId();
  const name = value.trim();
  const there = lists.find((list) => list.name === name);
  const note = () => {
    if (name === "") return t("list.none");
    return there === undefined ? t("list.new") : t("list.there", { size: formatNumber(there.size, language) });
  };
  return (
    <div className={styles.fieldset}>
      <label htmlFor={id} className={styles.label}>
        {t("list.label")}
      </label>
      <AutoComplete
        id={id}
        className={styles.wide ?? ""}
        value={value}
        options={lists.map((list) => ({ value: list.name }))}
        showSearch={{ filterOption: (typed, option) => option?.value.toLowerCase().includes(typed.toLowerCase()) === true }}
        onChange={(typed: string) => onChange(typed)}
        allowClear
        aria-describedby={`${id}-note`}
      >
        <Input maxLength={200} placeholder={t("list.placeholder")} />
      </AutoComplete>
      <p id={`${id}-note`} className={styles.quiet}>
        {note()}
      </p>
    </div>
  );
}
