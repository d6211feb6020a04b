/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the company's own columns mean. Those whose names tell it need no row. */
import DeleteOutlined from "@ant-design/icons/es/icons/DeleteOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useTranslation } from "react-i18next";
import type { ImportField } from "@/api/types";
import { AttributeName } from "@/features/import-file/AttributeName";
import { fields, type NameProblem } from "@/features/import-file/fields";
import { useFieldWord } from "@/features/import-file/words";
import type { ColumnRow, RowWrong } from "./form";
import styles from "./SourceEdit.module.css";

const headerMax = 200;
const columnsMax = 256;
const nameProblems: ReadonlySet<RowWrong> = new Set<NameProblem>(["empty", "start", "field", "twice"]);

function isNameProblem(wrong: RowWrong | null): wrong is NameProblem {
  return wrong !== null && nameProblems.has(wrong);
}

interface RowProps {
  row: ColumnRow;
  number: number;
  wrong: RowWrong | null;
  onChange: (change: Partial<ColumnRow>) => void;
  onRemove: () => void;
}

function Row({ row, number, wrong, onChange, onRemove }: RowProps) {
  const { t } = useTranslation("source-edit");
  const fieldWord = useFieldWord();
  const isHeaderWrong = wrong === "no_header" || wrong === "header_twice";
  return (
    <li className={styles.column} aria-label={t("columns.row", { number })}>
      <Input
        value={row.header}
        maxLength={headerMax}
        autoComplete="off"
        spellCheck={false}
        aria-label={t("columns.header")}
        placeholder={t("columns.header")}
        status={isHeaderWrong ? "error" : ""}
        aria-invalid={isHeaderWrong}
        onChange={({ target }) => onChange({ header: target.value })}
      />
      <Select<ImportField>
        aria-label={t("columns.meaning")}
        value={row.field}
        status={wrong === "field_twice" ? "error" : ""}
        options={fields.map((field) => ({ value: field, label: fieldWord(field) }))}
        showSearch={{ optionFilterProp: "label" }}
        popupMatchSelectWidth={false}
        onChange={(field) => onChange({ field })}
      />
      <Button icon={<DeleteOutlined aria-hidden />} aria-label={t("columns.remove", { number })} onClick={onRemove} />
      {row.field === "attribute" && <AttributeName label={t("columns.attribute")} value={row.name} problem={isNameProblem(wrong) ? wrong : null} onChange={(name) => onChange({ name })} />}
      {wrong !== null && !isNameProblem(wrong) && <p className={styles.wrong}>{t(`wrong.${wrong}`)}</p>}
    </li>
  );
}

export function Columns({ rows, wrongs, onChange }: { rows: readonly ColumnRow[]; wrongs: readonly (RowWrong | null)[]; onChange: (rows: readonly ColumnRow[]) => void }) {
  const { t } = useTranslation("source-edit");
  const add = () => onChange([...rows, { key: 1 + Math.max(-1, ...rows.map(({ key }) => key)), header: "", field: rows.length === 0 ? "phone" : "attribute", name: "" }]);
  return (
    <>
      <p className={styles.quiet}>{t("columns.text")}</p>
      {rows.length > 0 && (
        <ul className={styles.columns}>
          {rows.map((row, i) => (
            <Row
              key={row.key}
              row={row}
              number={i + 1}
              wrong={wrongs[i] ?? null}
              onChange={(change) => onChange(rows.map((one) => (one === row ? { ...one, ...change } : one)))}
              onRemove={() => onChange(rows.filter((one) => one !== row))}
            />
          ))}
        </ul>
      )}
      <div>
        <Button icon={<PlusOutlined aria-hidden />} disabled={rows.length >= columnsMax} onClick={add}>
          {t("columns.add")}
        </Button>
      </div>
    </>
  );
}
