/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where clients come from by themselves: how each source stands, when it was read and will be, what was refused. */
import ApiOutlined from "@ant-design/icons/es/icons/ApiOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Source } from "@/api/types";
import { SourceStateTag } from "@/features/source-words/SourceTags";
import { isGoing } from "@/features/source-words/state";
import { useSchedule } from "@/features/source-words/useSchedule";
import { usePages } from "@/shared/hooks/usePages";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Page } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Missing, Num, Time } from "@/shared/ui/values";
import styles from "./Sources.module.css";

const lookAgainMs = 2000;

function NewSource() {
  const { t } = useTranslation("sources");
  return (
    <ButtonLink to="/sources/new" type="primary" icon={<PlusOutlined aria-hidden />}>
      {t("new")}
    </ButtonLink>
  );
}

function Name({ source: { id, name, kind } }: { source: Source }) {
  const { t } = useTranslation("source-words");
  return (
    <>
      <PageLink to={`/sources/${id}`} className={styles.name ?? ""}>
        {name}
      </PageLink>
      <p className={styles.quiet}>{t(`kind.${kind}`)}</p>
    </>
  );
}

function LastRun({ source: { last_run: run } }: { source: Source }) {
  const { t } = useTranslation("sources");
  if (run === null) return <span className={styles.quiet}>{t("never_read")}</span>;
  return (
    <>
      <Time value={run.finished_at ?? run.started_at ?? run.created_at} />
      {run.dry_run && <p className={styles.quiet}>{t("trial")}</p>}
    </>
  );
}

function NextRun({ source }: { source: Source }) {
  const schedule = useSchedule();
  return (
    <>
      {source.due_at === null ? <Missing /> : <Time value={source.due_at} />}
      <p className={styles.quiet}>{schedule(source)}</p>
    </>
  );
}

function useColumns(): readonly Column<Source>[] {
  const { t } = useTranslation("sources");
  return [
    { key: "name", title: t("columns.name"), card: "title", render: (source) => <Name source={source} /> },
    { key: "state", title: t("columns.state"), width: 168, card: "aside", render: (source) => <SourceStateTag source={source} /> },
    { key: "last", title: t("columns.last"), width: "17%", render: (source) => <LastRun source={source} /> },
    { key: "next", title: t("columns.next"), width: "20%", render: (source) => <NextRun source={source} /> },
    { key: "missing", title: t("columns.missing"), width: 112, align: "right", desktopOnly: true, render: ({ last_run }) => <Num value={last_run?.clients_missing} /> },
    { key: "refused", title: t("columns.refused"), width: 128, align: "right", render: ({ last_run }) => <Num value={last_run?.rows_bad} /> },
  ];
}

export default function SourcesPage() {
  const { t } = useTranslation("sources");
  const columns = useColumns();
  const { rows, error, again, more, loadingMore } = usePages({
    queryKey: keys.sources,
    load: (cursor, signal) => api.get("/v1/sources", { query: { ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.sources,
    refetchInterval: (sources) => (sources.some(({ last_run }) => last_run !== null && isGoing(last_run)) ? lookAgainMs : false),
  });
  return (
    <Page title={t("title")} lead={t("lead")} actions={<NewSource />}>
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        label={t("title")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        empty={
          <EmptyState icon={<ApiOutlined />} title={t("empty.title")} action={<NewSource />}>
            {t("empty.text")}
          </EmptyState>
        }
      />
    </Page>
  );
}
