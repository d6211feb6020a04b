/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How it stands: bar, what happened, what will, and whether the figures are fresh. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Campaign, Progress } from "@/api/types";
import { useNow } from "@/shared/hooks/useNow";
import { Bar } from "@/shared/ui/Bar";
import type { Summary } from "./missed";
import { barOf, phaseOf } from "./phase";
import { useLate } from "./useLate";
import { useStory } from "./useStory";
import styles from "./Campaign.module.css";

const cutMs = 3000;
const tickMs = 1000;

interface NowProps {
  campaign: Campaign;
  progress: Progress;
  toldMs: number;
  isCut: boolean;
  summary: Summary | undefined;
  /* What can be done about it. */
  children?: ReactNode;
}

export function Now({ campaign, progress, toldMs, isCut, summary, children }: NowProps) {
  const { t } = useTranslation("campaign");
  const story = useStory()({ campaign, progress, toldMs, nowMs: useNow(tickMs), summary });
  const isLost = useLate(isCut, cutMs);
  const phase = phaseOf(progress);
  const bar = barOf(progress);
  return (
    <div className={styles.now}>
      {progress.run_id !== null && (
        <Bar value={bar.done} inner={bar.delivered} label={t("bar", { name: campaign.name })} muted={phase === "paused" || phase === "stopping" || phase === "stopped"} />
      )}
      <div className={styles.story}>
        <div className={styles.told}>
          <p className={phase === "failed" ? styles.problem : styles.headline}>{story.headline}</p>
          {/* Without news, when it ends is a guess: its line says so instead. */}
          <p className={styles.detail}>{isLost ? <span role="status">{t("reconnecting")}</span> : story.detail}</p>
        </div>
        {children}
      </div>
    </div>
  );
}
