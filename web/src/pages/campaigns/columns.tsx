/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { Campaign } from "@/api/types";
import { Bar } from "@/shared/ui/Bar";
import type { Column } from "@/shared/ui/DataTable";
import { PageLink } from "@/shared/ui/PageLink";
import { StatusTag } from "@/shared/ui/StatusTag";
import { Missing, Money, Num, Percent, Time } from "@/shared/ui/values";
import styles from "./Campaigns.module.css";

function Name({ campaign }: { campaign: Campaign }) {
  const to = campaign.status === "draft" ? `/campaigns/${campaign.id}/edit` : `/campaigns/${campaign.id}`;
  return (
    <PageLink to={to} className={styles.name ?? ""}>
      {campaign.name}
    </PageLink>
  );
}

function List({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaigns");
  return <span className={styles.list}>{campaign.list_id === null ? t("all_clients") : campaign.list_name}</span>;
}

/* A draft: when it was begun. Any other: when it starts or started. */
function WhenWho({ campaign }: { campaign: Campaign }) {
  const isDraft = campaign.status === "draft";
  return (
    <>
      <Time value={isDraft ? campaign.created_at : (campaign.start_at ?? campaign.launched_at ?? campaign.created_at)} />
      <div className={styles.who}>{campaign.launched_by ?? campaign.created_by}</div>
    </>
  );
}

function Delivered({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaigns");
  const { counts } = campaign;
  if (counts === null || counts.audience === 0) return <Missing />;
  const delivered = counts.delivered / counts.audience;
  const isGoing = counts.left > 0;
  return (
    <div className={styles.share}>
      <Bar
        value={isGoing ? 1 - counts.left / counts.audience : delivered}
        {...(isGoing ? { inner: delivered } : {})}
        label={t("delivered_of", { name: campaign.name })}
        muted={campaign.status === "paused"}
      />
      <Percent value={delivered} />
    </div>
  );
}

export function useColumns(): readonly Column<Campaign>[] {
  const { t } = useTranslation("campaigns");
  return [
    { key: "name", title: t("columns.name"), render: (campaign) => <Name campaign={campaign} />, card: "title", width: "24%" },
    { key: "status", title: t("columns.status"), render: ({ status }) => <StatusTag status={status} />, card: "aside", width: 152 },
    { key: "list", title: t("columns.list"), render: (campaign) => <List campaign={campaign} />, width: 168, desktopOnly: true },
    { key: "when", title: t("columns.when"), render: (campaign) => <WhenWho campaign={campaign} />, width: 176 },
    { key: "audience", title: t("columns.audience"), render: ({ counts }) => <Num value={counts?.audience} />, align: "right", width: 112, desktopOnly: true },
    { key: "delivered", title: t("columns.delivered"), render: (campaign) => <Delivered campaign={campaign} />, width: 168 },
    { key: "cost", title: t("columns.cost"), render: ({ counts }) => <Money value={counts?.cost} />, align: "right", width: 128, desktopOnly: true },
  ];
}
