/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Accounts without a price list of their own: they cost what their provider's list says, or the flat price of their settings. */
import { useTranslation } from "react-i18next";
import type { Tariff } from "@/api/types";
import { useAccounts } from "@/features/delivery-words/queries";
import { Price } from "@/features/delivery-words/Sums";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { Section } from "@/shared/ui/Page";
import { withoutList, type Unlisted } from "./unlisted";
import styles from "./Tariffs.module.css";

export function Flat({ tariffs, today }: { tariffs: readonly Tariff[]; today: string }) {
  const { t } = useTranslation("tariffs");
  const { data: accounts } = useAccounts();
  if (accounts === undefined) return null;
  const rows = withoutList(accounts, tariffs, today);
  if (rows.length === 0) return null;
  const columns: readonly Column<Unlisted>[] = [
    { key: "name", title: t("flat.account"), card: "title", render: ({ name }) => <span className={styles.name}>{name}</span> },
    { key: "price", title: t("flat.price"), width: "28%", align: "right", render: ({ price }) => (Number(price) === 0 ? t("flat.free") : <Price value={price} />) },
  ];
  return (
    <Section title={t("flat.title")}>
      <p className={styles.note}>{t("flat.text")}</p>
      <DataTable columns={columns} rows={rows} rowKey={({ name }) => name} label={t("flat.title")} empty={null} />
    </Section>
  );
}
