/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How the campaign was set up, and by whom. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Campaign } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { Facts, type Fact } from "@/shared/ui/Facts";
import { Panel, Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Duration, Missing, Num, Time } from "@/shared/ui/values";
import styles from "./Campaign.module.css";

function Who({ name, at }: { name: string | null; at: string | null }) {
  if (at === null) return <Missing />;
  return (
    <>
      {name !== null && `${name}, `}
      <Time value={at} />
    </>
  );
}

/* Whose version the text is. */
function FromTemplate({ campaign: { template_id, template_name, template_version } }: { campaign: Campaign }) {
  const { t } = useTranslation("campaign");
  const mayOpen = useRight("templates.read");
  if (template_id === null || template_name === null || template_version === null) return <Missing />;
  const name = t("settings.template_version", { name: template_name, version: template_version });
  return mayOpen ? <PageLink to={`/templates/${template_id}`}>{name}</PageLink> : <>{name}</>;
}

function useFacts(campaign: Campaign): readonly Fact[] {
  const { t } = useTranslation("campaign");
  const pace: ReactNode = campaign.pace_per_min === null ? t("settings.pace_full") : t("settings.pace_per_min", { count: campaign.pace_per_min });
  return [
    { label: t("settings.list"), value: campaign.list_id === null ? t("settings.all_clients") : campaign.list_name },
    { label: t("settings.template"), value: <FromTemplate campaign={campaign} /> },
    { label: t("spelling.label", { ns: "message-text" }), value: t(`spelling.${campaign.spelling}`, { ns: "message-text" }) },
    { label: t("settings.sender"), value: campaign.sender },
    { label: t("settings.category"), value: campaign.category === null ? "" : t(`message_category.${campaign.category}`, { ns: "common" }) },
    { label: t("settings.class"), value: t(`settings.repeat.${campaign.class}`) },
    { label: t("settings.start"), value: <Time value={campaign.start_at} /> },
    { label: t("settings.pace"), value: pace },
    { label: t("settings.validity"), value: <Duration seconds={campaign.validity_s} /> },
    { label: t("settings.after_hours"), value: t(`settings.after_hours_how.${campaign.after_hours}`) },
    { label: t("settings.exempt"), value: campaign.cap_exempt === null ? t("settings.exempt_none") : <span className={styles.text}>{campaign.cap_exempt}</span> },
    { label: t("settings.max_parts"), value: <Num value={campaign.max_parts} /> },
    { label: t("settings.account"), value: campaign.account ?? t("settings.account_any") },
    { label: t("settings.created"), value: <Who name={campaign.created_by} at={campaign.created_at} /> },
    { label: t("settings.launched"), value: <Who name={campaign.launched_by} at={campaign.launched_at} /> },
  ];
}

export function Settings({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaign");
  const facts = useFacts(campaign);
  return (
    <div className={styles.settings}>
      <Section title={t("settings.text")}>
        <Panel>
          <p className={styles.text}>{campaign.text}</p>
        </Panel>
      </Section>
      <Section title={t("settings.title")}>
        <Panel>
          <Facts facts={facts} />
        </Panel>
      </Section>
    </div>
  );
}
