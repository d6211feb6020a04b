/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Rows that cannot be taken: where, what stands there, what should. */
import { useTranslation } from "react-i18next";
import { useWidth } from "@/shared/hooks/useWidth";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { Num } from "@/shared/ui/values";
import type { BadRow } from "./bad-rows";
import styles from "./BadRows.module.css";

const longestFound = 200;

function Found({ text }: { text: string }) {
  const { t } = useTranslation("import-file");
  if (text === "") return <span className={styles.nothing}>{t("bad.empty")}</span>;
  return <span className={styles.found}>{text.length > longestFound ? `${text.slice(0, longestFound)}…` : text}</span>;
}

interface BadRowsProps {
  rows: readonly BadRow[] | undefined;
  error?: unknown;
  onAgain?: () => void;
  /* Rows to reserve room for. */
  expected?: number;
}

/* All of it as one text: on a phone, where what is expected takes several lines. */
function InOneText({ row }: { row: BadRow }) {
  const { t } = useTranslation("import-file");
  return (
    <div className={styles.one}>
      <p>
        {t("bad.line")} <Num value={row.line} /> · {row.field}
      </p>
      <Found text={row.found} />
      <p className={styles.wanted}>{row.expected}</p>
    </div>
  );
}

export function BadRows({ rows, error, onAgain, expected = 5 }: BadRowsProps) {
  const { t } = useTranslation("import-file");
  const isPhone = useWidth() === "phone";
  const columns: Column<BadRow>[] = [
    { key: "line", title: t("bad.line"), align: "right", width: 72, card: "title", render: (row) => (isPhone ? <InOneText row={row} /> : <Num value={row.line} />) },
    { key: "field", title: t("bad.field"), width: "18%", card: "hidden", render: ({ field }) => <span className={styles.text}>{field}</span> },
    { key: "found", title: t("bad.found"), width: "26%", card: "hidden", render: ({ found }) => <Found text={found} /> },
    { key: "expected", title: t("bad.expected"), card: "hidden", render: ({ expected: wanted }) => <span className={styles.text}>{wanted}</span> },
  ];
  return (
    <DataTable
      columns={columns}
      rows={rows}
      rowKey={({ line, field }) => `${line} ${field}`}
      label={t("bad.title")}
      error={error}
      {...(onAgain === undefined ? {} : { onAgain })}
      empty={<p className={styles.none}>{t("bad.none")}</p>}
      expected={expected}
    />
  );
}
