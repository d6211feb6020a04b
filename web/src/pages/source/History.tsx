/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* All readings of a source, the newest first; each leads to its report. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Id, Source, SourceRun } from "@/api/types";
import { SourceRunTag } from "@/features/source-words/SourceTags";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatTime } from "@/shared/lib/format";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Section } from "@/shared/ui/Page";
import { Num } from "@/shared/ui/values";
import { useRuns } from "./queries";
import styles from "./Source.module.css";

function When({ run, isShown }: { run: SourceRun; isShown: boolean }) {
  const { t } = useTranslation("source");
  const language = useLanguage();
  const time = formatTime(run.created_at, language);
  return (
    <>
      <Link to={{ search: `?run=${run.id}` }} replace aria-current={isShown ? "true" : undefined} aria-label={t("history.open", { time })}>
        {time}
      </Link>
      {run.dry_run && <p className={styles.quiet}>{t("history.dry")}</p>}
    </>
  );
}

export function History({ source, shown }: { source: Source; shown: Id | undefined }) {
  const { t } = useTranslation("source");
  const { rows, error, again, more, loadingMore } = useRuns(source.id);
  const columns: Column<SourceRun>[] = [
    { key: "when", title: t("history.when"), card: "title", render: (run) => <When run={run} isShown={run.id === shown} /> },
    { key: "status", title: t("history.status"), width: 176, card: "aside", render: ({ status }) => <SourceRunTag status={status} /> },
    { key: "read", title: t("figure.read"), align: "right", width: "12%", desktopOnly: true, render: ({ rows_read }) => <Num value={rows_read} /> },
    { key: "new", title: t("figure.new"), align: "right", width: "12%", render: ({ clients_new }) => <Num value={clients_new} /> },
    { key: "changed", title: t("figure.changed"), align: "right", width: "12%", render: ({ clients_changed }) => <Num value={clients_changed} /> },
    { key: "missing", title: t("figure.missing"), align: "right", width: "12%", render: ({ clients_missing }) => <Num value={clients_missing} /> },
    { key: "refused", title: t("figure.refused"), align: "right", width: "12%", render: ({ rows_bad }) => <Num value={rows_bad} /> },
  ];
  return (
    <Section title={t("history.title")}>
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        label={t("history.title")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        expected={3}
        empty={<EmptyState title={t("history.none")}>{t("history.none_text")}</EmptyState>}
      />
    </Section>
  );
}
