/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Import } from "@/api/types";
import { usePages } from "@/shared/hooks/usePages";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { PageLink } from "@/shared/ui/PageLink";
import { ImportStatusTag } from "@/shared/ui/StatusTag";
import { Missing, Num, Time } from "@/shared/ui/values";
import styles from "./Imports.module.css";

const liveMs = 1000;
/* Somebody else may begin one. */
const idleMs = 10_000;

function useImports() {
  return usePages({
    queryKey: keys.imports,
    load: (cursor, signal) => api.get("/v1/imports", { query: { cursor, limit: 20 }, signal }),
    rows: (page) => page.imports,
    refetchInterval: (rows: readonly Import[]) => (rows.some(({ status }) => status === "running") ? liveMs : idleMs),
  });
}

function Text({ value }: { value: string | null }) {
  return value === null ? <Missing /> : <span className={styles.text}>{value}</span>;
}

/* What is not stored has no new clients, rather than none. */
function Stored({ row, count }: { row: Import; count: number }) {
  return row.status === "done" ? <Num value={count} /> : <Missing />;
}

function useColumns(): readonly Column<Import>[] {
  const { t } = useTranslation("imports");
  return [
    {
      key: "file",
      title: t("table.file"),
      card: "title",
      width: "22%",
      render: (row) => (
        <PageLink to={`/imports/${row.id}`} className={styles.text ?? ""}>
          {row.file_name}
        </PageLink>
      ),
    },
    { key: "status", title: t("table.status"), card: "aside", width: 132, render: (row) => <ImportStatusTag status={row.status} /> },
    { key: "list", title: t("table.list"), desktopOnly: true, render: (row) => <Text value={row.list_name} /> },
    { key: "rows", title: t("table.rows"), align: "right", render: (row) => <Num value={row.rows_read} /> },
    { key: "new", title: t("table.new"), align: "right", render: (row) => <Stored row={row} count={row.clients_new} /> },
    { key: "changed", title: t("table.changed"), align: "right", render: (row) => <Stored row={row} count={row.clients_changed} /> },
    { key: "bad", title: t("table.bad"), align: "right", render: (row) => <Num value={row.rows_bad} /> },
    { key: "who", title: t("table.who"), desktopOnly: true, render: (row) => <Text value={row.created_by} /> },
    { key: "when", title: t("table.when"), render: (row) => <Time value={row.created_at} /> },
  ];
}

export function ImportsTable() {
  const { t } = useTranslation("imports");
  const imports = useImports();
  return (
    <DataTable
      columns={useColumns()}
      rows={imports.rows}
      rowKey={(row) => row.id}
      label={t("table.title")}
      error={imports.error}
      onAgain={imports.again}
      onMore={imports.more}
      loadingMore={imports.loadingMore}
      empty={<EmptyState title={t("table.none")}>{t("table.none_text")}</EmptyState>}
    />
  );
}
