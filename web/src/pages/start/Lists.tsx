/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Short lists of campaigns: planned, drafts, the last ones that are over. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Campaign } from "@/api/types";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber, formatPercent } from "@/shared/lib/format";
import { Panel } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { StatusTag } from "@/shared/ui/StatusTag";
import { Time } from "@/shared/ui/values";
import styles from "./Start.module.css";

function Row({ to, name, aside, children }: { to: string; name: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <li className={styles.row}>
      <div className={styles.rowHead}>
        <PageLink to={to} className={styles.name ?? ""}>
          {name}
        </PageLink>
        {aside}
      </div>
      <p className={styles.quiet}>{children}</p>
    </li>
  );
}

function Rows({ children }: { children: ReactNode }) {
  return (
    <Panel className={styles.rows ?? ""}>
      <ul className={styles.list}>{children}</ul>
    </Panel>
  );
}

const listName = (campaign: Campaign, all: string) => campaign.list_name ?? all;

export function Planned({ campaigns }: { campaigns: readonly Campaign[] }) {
  const { t } = useTranslation("start");
  return (
    <Rows>
      {campaigns.map((campaign) => (
        <Row key={campaign.id} to={`/campaigns/${campaign.id}`} name={campaign.name}>
          <Time value={campaign.start_at} /> · {listName(campaign, t("all_clients"))}
        </Row>
      ))}
    </Rows>
  );
}

export function Drafts({ campaigns }: { campaigns: readonly Campaign[] }) {
  const { t } = useTranslation("start");
  return (
    <Rows>
      {campaigns.map((campaign) => (
        <Row key={campaign.id} to={`/campaigns/${campaign.id}/edit`} name={campaign.name}>
          {t("drafts.begun")} <Time value={campaign.created_at} />
        </Row>
      ))}
    </Rows>
  );
}

function Result({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("start");
  const language = useLanguage();
  const { counts } = campaign;
  if (counts === null || counts.audience === 0) return campaign.problem ?? t("recent.nothing");
  return t("recent.delivered", {
    delivered: formatNumber(counts.delivered, language),
    audience: formatNumber(counts.audience, language),
    percent: formatPercent(counts.delivered / counts.audience, language),
  });
}

export function Recent({ campaigns }: { campaigns: readonly Campaign[] }) {
  return (
    <Rows>
      {campaigns.map((campaign) => (
        <Row key={campaign.id} to={`/campaigns/${campaign.id}`} name={campaign.name} aside={<StatusTag status={campaign.status} />}>
          <Result campaign={campaign} /> · <Time value={campaign.finished_at} />
        </Row>
      ))}
    </Rows>
  );
}
