/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How it stands: bar, what happened, what will, and whether the figures are fresh. */
import { useTranslation } from "react-i18next";
import type { Campaign, Progress } from "@/api/types";
import { Bar } from "@/shared/ui/Bar";
import type { Summary } from "./missed";
import { barOf, phaseOf } from "./phase";
import { useLate } from "./useLate";
import { useNow } from "./useNow";
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
}

export function Now({ campaign, progress, toldMs, isCut, summary }: NowProps) {
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
      <p className={phase === "failed" ? styles.problem : styles.headline}>{story.headline}</p>
      <p className={styles.detail}>{story.detail}</p>
      <p className={styles.lost} role="status">
        {isLost ? t("reconnecting") : ""}
      </p>
    </div>
  );
}
