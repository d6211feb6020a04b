/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Rows of one kind: a table, or cards on a phone. Comes with the room reserved while it loads, an empty
 * state, an error that can be tried again, and "show more" for the next page. */
import Button from "antd/es/button";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useWidth } from "@/shared/hooks/useWidth";
import { ErrorView } from "./ErrorView";
import { Skeleton } from "./Skeleton";
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
          <Skeleton rows={1} />
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

type RowsProps<Row> = Required<Pick<DataTableProps<Row>, "columns" | "rowKey" | "label">> & { rows: readonly Row[] };

/* The browser's own table: Ant Design's takes several times as long to draw, and its sorting, choosing and scrolling
 * are not used here. */
function PlainTable<Row>({ columns, rows, rowKey, label }: RowsProps<Row>) {
  return (
    <table className={styles.table} aria-label={label}>
      <colgroup>
        {columns.map(({ key, width }) => (
          <col key={key} style={{ width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map(({ key, title, align }) => (
            <th key={key} scope="col" className={align === "right" ? styles.right : ""}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map(({ key, render, align }) => (
              <td key={key} className={align === "right" ? styles.right : ""}>
                {render(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Rows<Row>({ columns, rows, rowKey, label }: RowsProps<Row>) {
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
  return <PlainTable columns={columns.filter((column) => width === "desktop" || column.desktopOnly !== true)} rows={rows} rowKey={rowKey} label={label} />;
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
