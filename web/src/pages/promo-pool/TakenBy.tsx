/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Campaigns that take or took codes of the pool. */
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { StatusTag } from "@/shared/ui/StatusTag";
import { Num } from "@/shared/ui/values";
import type { Pool } from "./queries";
import styles from "./PromoPool.module.css";

type Taker = Pool["campaigns"][number];

export function TakenBy({ campaigns }: { campaigns: readonly Taker[] }) {
  const { t } = useTranslation("promo-pool");
  const mayOpen = useRight("campaigns.read");
  const columns: Column<Taker>[] = [
    {
      key: "name",
      title: t("taken.name"),
      card: "title",
      render: ({ id, name }) => <span className={styles.name}>{mayOpen ? <PageLink to={`/campaigns/${id}`}>{name}</PageLink> : name}</span>,
    },
    { key: "status", title: t("taken.status"), width: 152, card: "aside", render: ({ status }) => <StatusTag status={status} /> },
    { key: "wanted", title: t("taken.wanted"), width: 144, align: "right", render: ({ wanted }) => <Num value={wanted} /> },
    { key: "given", title: t("taken.given"), width: 128, align: "right", render: ({ given }) => <Num value={given} /> },
    { key: "redeemed", title: t("taken.redeemed"), width: 144, align: "right", render: ({ redeemed }) => <Num value={redeemed} /> },
  ];
  return (
    <Section title={t("taken.title")}>
      <DataTable columns={columns} rows={campaigns} rowKey={({ id }) => id} label={t("taken.title")} empty={<EmptyState title={t("taken.none")}>{t("taken.none_text")}</EmptyState>} />
    </Section>
  );
}
