/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One campaign: how it stands, what came of it, who got nothing and why, its messages, its settings. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useParams, useSearchParams } from "react-router";
import { isOver } from "@/api/stream";
import type { Campaign, Progress } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { useWidth } from "@/shared/hooks/useWidth";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page, Panel } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Skeleton } from "@/shared/ui/Skeleton";
import { StatusTag } from "@/shared/ui/StatusTag";
import { Controls } from "./Controls";
import { Messages } from "./Messages";
import { Missed } from "./Missed";
import { Now } from "./Now";
import { useCampaignNow, useSummary } from "./queries";
import { Result } from "./Result";
import { Settings } from "./Settings";
import { TabLinks } from "./TabLinks";
import { readView, type Tab } from "./view";
import { WriteSimilar } from "./WriteSimilar";
import styles from "./Campaign.module.css";

type Summary = ReturnType<typeof useSummary>["data"];

function Parts({ campaign, progress, summary }: { campaign: Campaign; progress: Progress; summary: Summary }) {
  const [address] = useSearchParams();
  const { tab, reason, state } = readView(address);
  const part: Record<Tab, ReactNode> = {
    result: <Result text={campaign.text} progress={progress} summary={summary} />,
    missed: <Missed id={campaign.id} reason={reason} summary={summary} />,
    messages: <Messages id={campaign.id} state={state} />,
    settings: <Settings campaign={campaign} />,
  };
  return <TabLinks open={tab}>{part[tab]}</TabLinks>;
}

function NowSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("layout.loading")} className={styles.now}>
      <Skeleton rows={3} />
    </div>
  );
}

function Content({ id, now }: { id: string; now: ReturnType<typeof useCampaignNow> & { campaign: Campaign } }) {
  const { campaign, progress, toldMs, isCut } = now;
  const summary = useSummary(id, !isOver(campaign));
  const isPhone = useWidth() === "phone";
  const hasRun = campaign.run_id !== null;
  return (
    <>
      <Panel>
        {progress === undefined ? (
          <NowSkeleton />
        ) : (
          <Now campaign={campaign} progress={progress} toldMs={toldMs} isCut={isCut} summary={summary.data}>
            {!isPhone && <Controls campaign={campaign} progress={progress} isThumb={false} />}
          </Now>
        )}
      </Panel>
      {hasRun && progress !== undefined && <Parts campaign={campaign} progress={progress} summary={summary.data} />}
      {!hasRun && <Settings campaign={campaign} />}
      {progress !== undefined && isPhone && <Controls campaign={campaign} progress={progress} isThumb />}
    </>
  );
}

export default function CampaignPage() {
  const { t } = useTranslation("campaign");
  const { id = "" } = useParams();
  const mayWrite = useRight("campaigns.edit");
  const now = useCampaignNow(id);
  const { campaign } = now;
  if (campaign === undefined) return now.error === null ? <PageSkeleton /> : <ErrorView error={now.error} onAgain={now.again} />;
  if (campaign.status === "draft") return <Navigate to={`/campaigns/${id}/edit`} replace />;
  return (
    <Page
      title={campaign.name}
      tag={<StatusTag status={now.progress?.status ?? campaign.status} />}
      back={{ to: "/campaigns", label: t("back") }}
      actions={mayWrite && <WriteSimilar campaign={campaign} />}
    >
      <Content key={id} id={id} now={{ ...now, campaign }} />
    </Page>
  );
}
