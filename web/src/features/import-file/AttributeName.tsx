/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which attribute a column goes to: one of those there are, with its type, or a new one. */
import AutoComplete from "antd/es/auto-complete";
import Input from "antd/es/input";
import { useTranslation } from "react-i18next";
import { attributeName, type NameProblem } from "./fields";
import { useAttributes } from "./useAttributes";
import styles from "./AttributeName.module.css";

interface AttributeNameProps {
  label: string;
  value: string;
  problem: NameProblem | null;
  onChange: (name: string) => void;
}

export function AttributeName({ label, value, problem, onChange }: AttributeNameProps) {
  const { t } = useTranslation("import-file");
  const { data: attributes = [] } = useAttributes();
  const known = attributes.find(({ name }) => name === attributeName(value));
  return (
    <div className={styles.field}>
      <AutoComplete
        className={styles.input ?? ""}
        value={value}
        options={attributes.map(({ name, type }) => ({ value: name, label: `${name} · ${t(`type.${type}`)}` }))}
        showSearch={{ filterOption: (typed, option) => option?.value.includes(attributeName(typed)) === true }}
        popupMatchSelectWidth={false}
        status={problem === null ? "" : "error"}
        onChange={(typed: string) => onChange(typed)}
        onBlur={() => onChange(attributeName(value))}
      >
        <Input aria-label={label} aria-invalid={problem !== null} prefix="{" suffix="}" maxLength={100} />
      </AutoComplete>
      {problem !== null && <p className={styles.wrong}>{t(`name_problem.${problem}`)}</p>}
      {problem === null && <p className={styles.quiet}>{known === undefined ? t("attribute.new") : t("attribute.known", { type: t(`type.${known.type}`) })}</p>}
    </div>
  );
}
