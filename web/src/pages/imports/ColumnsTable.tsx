/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Each column of the file: its name, what stands in it, what it is taken for, how texts call it. */
import Select from "antd/es/select";
import { useTranslation } from "react-i18next";
import { AttributeName } from "@/features/import-file/AttributeName";
import type { NameProblem } from "@/features/import-file/fields";
import { useFieldWord } from "@/features/import-file/words";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { Missing } from "@/shared/ui/values";
import { importFields, isNamed, nameProblems, withField, withName, type Field, type Meaning, type PreviewColumn } from "./mapping";
import styles from "./Imports.module.css";

interface Row {
  index: number;
  column: PreviewColumn;
  meaning: Meaning;
  problem: NameProblem | null;
}

interface Changes {
  setField: (index: number, field: Field) => void;
  setName: (index: number, name: string) => void;
}

/* A column without a name is called by its place. */
function useHeader(): (row: Row) => string {
  const { t } = useTranslation("imports");
  return ({ column, index }) => (column.header === "" ? t("columns.nameless", { number: index + 1 }) : column.header);
}

function MeaningField({ row, changes }: { row: Row; changes: Changes }) {
  const { t } = useTranslation("imports");
  const fieldWord = useFieldWord();
  const header = useHeader()(row);
  return (
    <Select<Field>
      className={styles.meaning}
      aria-label={t("columns.meaning_of", { header })}
      value={row.meaning.field}
      options={importFields.map((field) => ({ value: field, label: fieldWord(field) }))}
      onChange={(field) => changes.setField(row.index, field)}
      popupMatchSelectWidth={false}
    />
  );
}

function NameField({ row, changes }: { row: Row; changes: Changes }) {
  const { t } = useTranslation("imports");
  const header = useHeader()(row);
  return <AttributeName label={t("columns.name_of", { header })} value={row.meaning.name} problem={row.problem} onChange={(name) => changes.setName(row.index, name)} />;
}

function InTexts({ row, changes }: { row: Row; changes: Changes }) {
  const { t } = useTranslation("imports");
  const { field } = row.meaning;
  if (isNamed(field)) return <NameField row={row} changes={changes} />;
  if (field === "ignored") return <Missing />;
  if (field === "phone") return <span className={styles.quiet}>{t("columns.phone_use")}</span>;
  return <code className={styles.code}>{`{${field}}`}</code>;
}

/* A few values tell more of a column than its name. */
function Samples({ texts }: { texts: readonly string[] }) {
  return texts.length === 0 ? <Missing /> : <p className={styles.samples}>{texts.join(" · ")}</p>;
}

export function ColumnsTable({ columns, meanings, onChange }: { columns: readonly PreviewColumn[]; meanings: readonly Meaning[]; onChange: (meanings: Meaning[]) => void }) {
  const { t } = useTranslation("imports");
  const headerOf = useHeader();
  const problems = nameProblems(meanings);
  const rows = columns.map((column, index): Row => ({ index, column, meaning: meanings[index] ?? { field: "ignored", name: "" }, problem: problems[index] ?? null }));
  const changes: Changes = {
    setField: (index, field) => onChange(withField(meanings, index, field)),
    setName: (index, name) => onChange(withName(meanings, index, name)),
  };
  const shown: readonly Column<Row>[] = [
    { key: "header", title: t("columns.header"), card: "title", width: "18%", render: (row) => <span className={styles.header}>{headerOf(row)}</span> },
    { key: "samples", title: t("columns.samples"), render: ({ column }) => <Samples texts={column.samples} /> },
    { key: "meaning", title: t("columns.meaning"), width: 180, render: (row) => <MeaningField row={row} changes={changes} /> },
    { key: "texts", title: t("columns.in_texts"), width: 200, render: (row) => <InTexts row={row} changes={changes} /> },
  ];
  return <DataTable columns={shown} rows={rows} rowKey={({ index }) => String(index)} label={t("columns.title")} empty={null} />;
}
