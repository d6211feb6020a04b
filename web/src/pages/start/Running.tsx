/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is being sent now, with when it will be over and the button that holds it. */
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { Campaign } from "@/api/types";
import { HoldButton } from "@/features/campaign-control/HoldButton";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDuration, formatNumber, formatPercent, formatTime } from "@/shared/lib/format";
import { Bar } from "@/shared/ui/Bar";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Panel } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { StatusTag } from "@/shared/ui/StatusTag";
import { secondsLeft, type Samples } from "./pace";
import styles from "./Start.module.css";

function isAllSent({ counts }: Campaign): boolean {
  return counts !== null && counts.audience > 0 && counts.left === 0;
}

function useFinish(): (campaign: Campaign, seconds: number | null) => string {
  const { t } = useTranslation("start");
  const language = useLanguage();
  return (campaign, seconds) => {
    if (campaign.status === "paused") return t("running.held");
    if (isAllSent(campaign)) return t("running.waiting");
    if (seconds === null) return t("running.counting");
    const time = formatTime(dayjs().add(seconds, "second").toISOString(), language);
    return t("running.finish", { time, duration: formatDuration(seconds, language) });
  };
}

function RunningCard({ campaign, seconds }: { campaign: Campaign; seconds: number | null }) {
  const { t } = useTranslation("start");
  const language = useLanguage();
  const finish = useFinish();
  const mayHold = useRight("campaigns.control");
  const { counts } = campaign;
  const audience = counts?.audience ?? 0;
  const done = counts === null ? 0 : audience - counts.left;
  return (
    <Panel className={styles.running ?? ""}>
      <div className={styles.runningHead}>
        <h3 className={styles.name}>
          <PageLink to={`/campaigns/${campaign.id}`}>{campaign.name}</PageLink>
        </h3>
        <StatusTag status={campaign.status} />
      </div>
      <Bar
        value={audience === 0 ? 0 : done / audience}
        inner={audience === 0 || counts === null ? 0 : counts.delivered / audience}
        label={t("running.bar", { name: campaign.name })}
        muted={campaign.status === "paused"}
      />
      <div className={styles.runningFoot}>
        <div className={styles.facts}>
          <p>
            {audience === 0
              ? t("running.gathering")
              : t("running.sent", { done: formatNumber(done, language), audience: formatNumber(audience, language), percent: formatPercent(done / audience, language) })}
          </p>
          <p className={styles.quiet}>{finish(campaign, seconds)}</p>
        </div>
        {mayHold && !isAllSent(campaign) && <HoldButton campaign={campaign} />}
      </div>
    </Panel>
  );
}

export function Running({ campaigns, samples }: { campaigns: readonly Campaign[]; samples: Samples }) {
  const { t } = useTranslation("start");
  if (campaigns.length === 0) {
    return (
      <Panel>
        <EmptyState title={t("running.none")}>{t("running.none_text")}</EmptyState>
      </Panel>
    );
  }
  return campaigns.map((campaign) => <RunningCard key={campaign.id} campaign={campaign} seconds={secondsLeft(samples[campaign.id])} />);
}
