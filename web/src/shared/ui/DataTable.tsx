/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Rows of one kind: a table, or cards on a phone. Comes with the room reserved while it loads, an empty
 * state, an error that can be tried again, and "show more" for the next page. */
import Button from "antd/es/button";
import Skeleton from "antd/es/skeleton";
import Table, { type ColumnsType } from "antd/es/table";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useWidth } from "@/shared/hooks/useWidth";
import { ErrorView } from "./ErrorView";
import styles from "./DataTable.module.css";

export interface Column<Row> {
  key: string;
  title: string;
  render: (row: Row) => ReactNode;
  /* Numbers stand right. */
  align?: "right";
  width?: number | string;
  /* On a phone: `title` is the card's first line, `aside` stands beside it, `hidden` is left out. */
  card?: "title" | "aside" | "hidden";
  /* Left out where the table is narrow. */
  desktopOnly?: boolean;
}

interface DataTableProps<Row> {
  columns: readonly Column<Row>[];
  /* Undefined while loading. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  /* What the table holds, for who cannot see it. */
  label: string;
  error?: unknown;
  onAgain?: () => void;
  /* There is a next page. */
  onMore?: (() => void) | undefined;
  loadingMore?: boolean;
  empty: ReactNode;
  /* Rows to reserve room for. */
  expected?: number;
}

function Loading({ count }: { count: number }) {
  const { t } = useTranslation();
  return (
    <div className={styles.loading} role="status" aria-label={t("layout.loading")}>
      {Array.from({ length: count }, (_, i) => (
        <div key={i} className={styles.loadingRow}>
          <Skeleton active title={false} paragraph={{ rows: 1, width: "100%" }} />
        </div>
      ))}
    </div>
  );
}

function Card<Row>({ row, columns }: { row: Row; columns: readonly Column<Row>[] }) {
  const plain = columns.filter((column) => column.card === undefined);
  return (
    <li className={styles.card}>
      <div className={styles.cardHead}>
        <div className={styles.cardTitle}>{columns.filter((column) => column.card === "title").map((column) => <div key={column.key}>{column.render(row)}</div>)}</div>
        {columns.filter((column) => column.card === "aside").map((column) => (
          <div key={column.key}>{column.render(row)}</div>
        ))}
      </div>
      {plain.length > 0 && (
        <dl className={styles.cardFields}>
          {plain.map((column) => (
            <div key={column.key} className={styles.cardField}>
              <dt>{column.title}</dt>
              <dd>{column.render(row)}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

function Rows<Row extends object>({ columns, rows, rowKey, label }: { columns: readonly Column<Row>[]; rows: readonly Row[]; rowKey: (row: Row) => string; label: string }) {
  const width = useWidth();
  if (width === "phone") {
    return (
      <ul className={styles.cards} aria-label={label}>
        {rows.map((row) => (
          <Card key={rowKey(row)} row={row} columns={columns} />
        ))}
      </ul>
    );
  }
  const shown: ColumnsType<Row> = columns
    .filter((column) => width === "desktop" || column.desktopOnly !== true)
    .map((column) => ({ key: column.key, title: column.title, align: column.align ?? "left", width: column.width, render: (_: unknown, row: Row) => column.render(row) }));
  return <Table<Row> className={styles.table ?? ""} columns={shown} dataSource={[...rows]} rowKey={rowKey} pagination={false} size="medium" aria-label={label} />;
}

export function DataTable<Row extends object>({ columns, rows, rowKey, label, error, onAgain, onMore, loadingMore = false, empty, expected = 8 }: DataTableProps<Row>) {
  const { t } = useTranslation();
  if (rows === undefined) {
    return error === undefined || error === null ? <Loading count={expected} /> : <ErrorView error={error} onAgain={onAgain} inline />;
  }
  if (rows.length === 0) return <div className={styles.nothing}>{empty}</div>;
  return (
    <>
      {error !== undefined && error !== null && <ErrorView error={error} onAgain={onAgain} inline />}
      <Rows columns={columns} rows={rows} rowKey={rowKey} label={label} />
      {onMore !== undefined && (
        <div className={styles.more}>
          <Button onClick={onMore} loading={loadingMore}>
            {t("actions.more")}
          </Button>
        </div>
      )}
    </>
  );
}
