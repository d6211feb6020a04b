/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Details of each registration that the matrix has no room for, ended ones last. */
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { SenderDetail, SenderRegistration } from "@/api/types";
import { RegistrationTag } from "@/features/sender-words/RegistrationTag";
import { standingOf } from "@/features/sender-words/standing";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDay, formatMoney } from "@/shared/lib/format";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { Section } from "@/shared/ui/Page";
import { Missing } from "@/shared/ui/values";
import { operatorName, useThrough } from "./useWhere";
import styles from "./Sender.module.css";

function Days({ from, to }: { from: string | null; to: string | null }) {
  const { t } = useTranslation("sender");
  const language = useLanguage();
  if (from === null && to === null) return <Missing />;
  return (
    <>
      {from !== null && <span className={styles.day}>{t("from_day", { day: formatDay(dayjs(from), language, dayjs()) })} </span>}
      {to !== null && <span className={styles.day}>{t("to_day", { day: formatDay(dayjs(to), language, dayjs()) })}</span>}
    </>
  );
}

export function Details({ sender }: { sender: SenderDetail }) {
  const { t } = useTranslation("sender");
  const language = useLanguage();
  const through = useThrough(sender);
  if (sender.registrations.length === 0) return null;
  const columns: readonly Column<SenderRegistration>[] = [
    {
      key: "where",
      title: t("columns.where"),
      card: "title",
      render: (one) => (
        <>
          {operatorName(sender, one.operator) ?? t("every_operator")}
          <p className={styles.quiet}>{through(one)}</p>
        </>
      ),
    },
    { key: "state", title: t("columns.state"), width: 176, card: "aside", render: (one) => <RegistrationTag standing={standingOf(one)} /> },
    { key: "days", title: t("columns.days"), width: "18%", render: ({ valid_from, valid_to }) => <Days from={valid_from} to={valid_to} /> },
    { key: "contract", title: t("columns.contract"), width: "16%", render: ({ contract }) => (contract === "" ? <Missing /> : contract) },
    { key: "fee", title: t("columns.fee"), width: "14%", align: "right", render: ({ monthly_fee, currency }) => (monthly_fee === null ? <Missing /> : currency === "RUB" ? formatMoney(monthly_fee, language) : `${monthly_fee} ${currency}`) },
    { key: "note", title: t("columns.note"), width: "18%", render: ({ note }) => (note === "" ? <Missing /> : note) },
  ];
  return (
    <Section title={t("details")}>
      <DataTable columns={columns} rows={sender.registrations} rowKey={({ id }) => id} label={t("details")} empty={null} />
    </Section>
  );
}
