/* SPDX-License-Identifier: AGPL-3.0-or-later */
import StopOutlined from "@ant-design/icons/es/icons/StopOutlined";
import Button, { type ButtonProps } from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Progress } from "@/api/types";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { useStop, type Controlled } from "./control";
import styles from "./Controls.module.css";

/* How many have left and how many have not, as it is now. */
export type Sent = Pick<Progress, "left" | "accepted">;

/* What stopping will do. The figures go on while one reads them. */
function WhatStops({ campaign, sent }: { campaign: Controlled; sent: Sent }) {
  const { t } = useTranslation("campaign-control");
  return (
    <>
      <p>
        {t("confirm_left", { count: sent.left })} {sent.accepted > 0 && t("confirm_sent", { count: sent.accepted })}
      </p>
      <p className={styles.more}>{campaign.status === "paused" ? t("confirm_final_paused") : t("confirm_final")}</p>
    </>
  );
}

/* Stops for good what runs, waits or is paused; asks once. `sent` is null before it has begun. */
export function StopButton({ campaign, sent, ...look }: { campaign: Controlled; sent: Sent | null } & Pick<ButtonProps, "size" | "className">) {
  const { t } = useTranslation("campaign-control");
  const [isAsking, setAsking] = useState(false);
  const stop = useStop(campaign);
  const word = sent === null ? t("stop_planned") : t("stop");
  return (
    <>
      {stop.error !== null && (
        <div className={styles.refused}>
          <ErrorView error={stop.error} inline />
        </div>
      )}
      <Button {...look} danger icon={<StopOutlined />} loading={stop.isPending} onClick={() => setAsking(true)} aria-label={`${word}: ${campaign.name}`}>
        {word}
      </Button>
      <ConfirmDanger
        open={isAsking}
        title={sent === null ? t("confirm_planned_title") : t("confirm_title")}
        confirm={word}
        busy={stop.isPending}
        onConfirm={() => stop.mutate(undefined, { onSettled: () => setAsking(false) })}
        onCancel={() => setAsking(false)}
      >
        {sent === null ? <p>{t("confirm_planned", { name: campaign.name })}</p> : <WhatStops campaign={campaign} sent={sent} />}
      </ConfirmDanger>
    </>
  );
}
