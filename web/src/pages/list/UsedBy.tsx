/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who would notice if the list changed. */
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { PanelSection } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { StatusTag } from "@/shared/ui/StatusTag";
import type { WholeList } from "./queries";
import styles from "./List.module.css";

const shown = 8;

function Campaigns({ campaigns }: Pick<WholeList, "campaigns">) {
  const { t } = useTranslation("list");
  const mayOpen = useRight("campaigns.read");
  if (campaigns.length === 0) return null;
  return (
    <>
      <h3 className={styles.usersTitle}>{t("used_by.campaigns")}</h3>
      <ul className={styles.users}>
        {campaigns.slice(0, shown).map(({ id, name, status }) => (
          <li key={id} className={styles.user}>
            {mayOpen ? <PageLink to={status === "draft" ? `/campaigns/${id}/edit` : `/campaigns/${id}`}>{name}</PageLink> : name}
            <StatusTag status={status} />
          </li>
        ))}
      </ul>
      {campaigns.length > shown && <p className={styles.note}>{t("used_by.more", { count: campaigns.length - shown })}</p>}
    </>
  );
}

function Lists({ lists }: Pick<WholeList, "lists">) {
  const { t } = useTranslation("list");
  if (lists.length === 0) return null;
  return (
    <>
      <h3 className={styles.usersTitle}>{t("used_by.lists")}</h3>
      <ul className={styles.users}>
        {lists.map(({ id, name }) => (
          <li key={id} className={styles.user}>
            <PageLink to={`/lists/${id}`}>{name}</PageLink>
          </li>
        ))}
      </ul>
    </>
  );
}

export function UsedBy({ list }: { list: WholeList }) {
  const { t } = useTranslation("list");
  const isUsed = list.campaigns.length + list.lists.length > 0;
  return (
    <PanelSection title={t("used_by.title")} className={styles.usedBy}>
      {!isUsed && <p className={styles.note}>{t("used_by.nobody")}</p>}
      <Campaigns campaigns={list.campaigns} />
      <Lists lists={list.lists} />
    </PanelSection>
  );
}
