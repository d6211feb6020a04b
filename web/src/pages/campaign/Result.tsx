/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What came of it: figures, funnel, reasons. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { isOver } from "@/api/stream";
import type { Progress } from "@/api/types";
import { linkTargets, scan } from "@/features/message-text/template";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Panel, Section } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Clicks } from "./Clicks";
import { Funnel } from "./Funnel";
import { countWithin, stoppedEarly, type Summary } from "./missed";
import { Outcome } from "./Outcome";
import { Reasons, ReasonsSkeleton } from "./Reasons";
import styles from "./Campaign.module.css";

function Why({ summary }: { summary: Summary | undefined }) {
  const { t } = useTranslation("campaign");
  if (summary === undefined) return <ReasonsSkeleton />;
  if (summary.total === 0) return <EmptyState title={t("missed.none")}>{t("missed.none_text")}</EmptyState>;
  return <Reasons summary={summary} />;
}

export function Result({ text, progress, summary }: { text: string; progress: Progress; summary: Summary | undefined }) {
  const { t } = useTranslation("campaign");
  const targets = useMemo(() => linkTargets(scan(text)), [text]);
  // Of a stopped campaign the funnel has to know whom only the stop kept out.
  const isReady = summary !== undefined || progress.status !== "cancelled";
  return (
    <div className={styles.result}>
      <Panel className={styles.wide ?? ""}>
        <Outcome counts={progress} />
      </Panel>
      {targets.length > 0 && (
        <div className={styles.wide}>
          <Clicks id={progress.campaign_id} targets={targets} progress={progress} />
        </div>
      )}
      <Section title={t("funnel")}>
        <Panel className={styles.funnel ?? ""}>
          {isReady ? (
            <Funnel counts={progress} stoppedEarly={summary === undefined ? 0 : countWithin(summary.groups, stoppedEarly)} isLive={!isOver(progress)} />
          ) : (
            <Skeleton rows={12} full />
          )}
          {progress.unknown > 0 && <p className={styles.explained}>{t("unknown_text")}</p>}
        </Panel>
      </Section>
      <Section title={t("missed.title")}>
        <Panel className={styles.why ?? ""}>
          <Why summary={summary} />
        </Panel>
      </Section>
    </div>
  );
}
