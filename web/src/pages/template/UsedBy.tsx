/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Campaigns that took the text, each with the version it keeps and how many followed its links. */
import { useTranslation } from "react-i18next";
import { linkTargets, scan } from "@/features/message-text/template";
import { useRight } from "@/shared/hooks/useMe";
import { PanelSection } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { StatusTag } from "@/shared/ui/StatusTag";
import type { Template } from "./queries";
import styles from "./Template.module.css";

const shown = 8;

export function UsedBy({ template }: { template: Template }) {
  const { t } = useTranslation("template");
  const mayOpen = useRight("campaigns.read");
  const { campaigns } = template;
  const hasLinks = template.versions.some(({ text }) => linkTargets(scan(text)).length > 0);
  return (
    <PanelSection title={t("used_by.title")} className={styles.usedBy}>
      {campaigns.length === 0 && <p className={styles.note}>{t("used_by.nobody")}</p>}
      <ul className={styles.users}>
        {campaigns.slice(0, shown).map(({ id, name, status, version, clicked }) => (
          <li key={id} className={styles.user}>
            <span className={styles.userName}>{mayOpen ? <PageLink to={status === "draft" ? `/campaigns/${id}/edit` : `/campaigns/${id}`}>{name}</PageLink> : name}</span>
            <span className={styles.who}>
              {t("lead.version", { version })}
              {hasLinks && status !== "draft" && ` · ${t("used_by.clicked", { count: clicked })}`}
            </span>
            <StatusTag status={status} />
          </li>
        ))}
      </ul>
      {campaigns.length > shown && <p className={styles.note}>{t("used_by.more", { count: campaigns.length - shown })}</p>}
    </PanelSection>
  );
}
