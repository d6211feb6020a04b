/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What one reading brought, or would bring: how many are new, changed, missing; which rows were not taken and why. */
import Alert from "antd/es/alert";
import { useTranslation } from "react-i18next";
import type { Id, Source } from "@/api/types";
import { SourceRunTag } from "@/features/source-words/SourceTags";
import { isGoing } from "@/features/source-words/state";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Figures } from "@/shared/ui/Figures";
import { Panel, Section } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Num, Time } from "@/shared/ui/values";
import { Changes } from "./Changes";
import { Refused } from "./Refused";
import { useRun, type WholeRun } from "./queries";
import styles from "./Source.module.css";

function Counts({ run }: { run: WholeRun }) {
  const { t } = useTranslation("source");
  const figures = [
    { label: t("figure.read"), value: <Num value={run.rows_read} /> },
    { label: t("figure.new"), value: <Num value={run.clients_new} /> },
    { label: t("figure.changed"), value: <Num value={run.clients_changed} /> },
    { label: t("figure.same"), value: <Num value={run.clients_same} /> },
    ...(run.complete ? [{ label: t("figure.missing"), value: <Num value={run.clients_missing} /> }] : []),
    { label: t("figure.refused"), value: <Num value={run.rows_bad} /> },
    ...(run.rows_repeated > 0 ? [{ label: t("figure.repeated"), value: <Num value={run.rows_repeated} /> }] : []),
  ];
  return (
    <Panel>
      <Figures figures={figures} />
    </Panel>
  );
}

function useSaid(): (run: WholeRun) => string {
  const { t } = useTranslation("source");
  return (run) => {
    if (isGoing(run)) return run.status === "waiting" ? t("report.waiting") : t("report.going", { count: run.rows_read });
    if (run.dry_run && run.status === "done") return t("report.dry");
    if (run.status === "dropped") return t("report.dropped");
    if (run.status === "held") return t("report.held");
    return run.status === "done" && run.rows_read === 0 ? t("report.nothing") : "";
  };
}

function Content({ source, run }: { source: Source; run: WholeRun }) {
  const { t } = useTranslation("source");
  const said = useSaid()(run);
  return (
    <Section
      title={run.dry_run ? t("report.dry_title") : t("report.title")}
      extra={
        <span className={styles.when}>
          <Time value={run.finished_at ?? run.created_at} /> <SourceRunTag status={run.status} />
        </span>
      }
    >
      <p role="status" className={styles.lead}>
        {said}
      </p>
      {run.status === "failed" && <Alert type="error" showIcon role="alert" title={t("report.failed")} description={run.problem ?? t("report.failed_unknown")} />}
      {run.status !== "waiting" && run.status !== "failed" && <Counts run={run} />}
      {run.difference !== null && <Changes difference={run.difference} />}
      {!isGoing(run) && run.rows_bad > 0 && <Refused source={source} run={run} />}
    </Section>
  );
}

export function Report({ source, run }: { source: Source; run: Id }) {
  const { data, error, refetch } = useRun(source.id, run);
  if (data !== undefined) return <Content source={source} run={data} />;
  return error === null ? (
    <Panel>
      <Skeleton rows={4} titleWidth={200} />
    </Panel>
  ) : (
    <ErrorView error={error} onAgain={() => void refetch()} inline />
  );
}
