/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pause, resume, stop: in the panel, or under the thumb on a phone. */
import { useTranslation } from "react-i18next";
import type { Campaign, Progress } from "@/api/types";
import { canHold } from "@/features/campaign-control/control";
import { HoldButton } from "@/features/campaign-control/HoldButton";
import { StopButton } from "@/features/campaign-control/StopButton";
import { useRight } from "@/shared/hooks/useMe";
import { canBeStopped, phaseOf } from "./phase";
import styles from "./Campaign.module.css";

export function Controls({ campaign, progress, isThumb }: { campaign: Campaign; progress: Progress; isThumb: boolean }) {
  const { t } = useTranslation("campaign-control");
  const mayControl = useRight("campaigns.control");
  if (!canBeStopped(phaseOf(progress))) return null;
  if (!mayControl) return <p className={styles.detail}>{t("forbidden")}</p>;
  // The stream knows the status first.
  const controlled = { ...campaign, status: progress.status };
  const size = isThumb ? ("large" as const) : ("medium" as const);
  return (
    <div className={isThumb ? styles.thumb : styles.controls}>
      {canHold(progress.status) && <HoldButton campaign={controlled} size={size} />}
      <StopButton campaign={controlled} sent={progress.run_id === null ? null : progress} size={size} />
    </div>
  );
}
