/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every account: what it would cost, how well it does, and why it is taken or not. */
import CheckCircleFilled from "@ant-design/icons/es/icons/CheckCircleFilled";
import StopOutlined from "@ant-design/icons/es/icons/StopOutlined";
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import { Price, Sum } from "@/features/delivery-words/Sums";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Missing, Num } from "@/shared/ui/values";
import type { Candidate } from "./question";
import styles from "./Routing.module.css";

function Verdict({ candidate: { chosen, barred_by: bar } }: { candidate: Candidate }) {
  const { t } = useTranslation("routing");
  if (chosen)
    return (
      <Tag color="success" icon={<CheckCircleFilled aria-hidden />}>
        {t("chosen")}
      </Tag>
    );
  return bar === null ? (
    <Tag>{t("could")}</Tag>
  ) : (
    <Tag color="warning" icon={<StopOutlined aria-hidden />}>
      {t("barred")}
    </Tag>
  );
}

function PriceOf({ candidate: { price } }: { candidate: Candidate }) {
  const { t } = useTranslation("routing");
  if (price === null) return <Missing />;
  return (
    <>
      <Price value={price.message} />
      <p className={styles.quiet}>{price.charge_on === "delivery" ? t("on_delivery") : price.tariff_row_id === null ? t("flat") : t("by_tariff")}</p>
    </>
  );
}

function Health({ candidate: { health } }: { candidate: Candidate }) {
  const { t } = useTranslation("routing");
  const notes = [health.up ? null : t("down"), health.on_trial ? t("on_trial") : null].filter((note) => note !== null);
  return (
    <>
      <Num value={health.points} />
      {notes.length > 0 && <p className={styles.bad}>{notes.join(", ")}</p>}
    </>
  );
}

function Why({ candidate }: { candidate: Candidate }) {
  const { t } = useTranslation("routing");
  const { barred_by: bar, reason, listed, price, cap_left: left, contract } = candidate;
  const notes = [
    bar === null ? null : t(`bar.${bar}`),
    listed ? t("listed") : null,
    price?.registered === true ? t("registered", { ns: "delivery-words" }) : null,
    contract === null ? null : t("contract", { contract }),
    left === null ? null : t("cap_left", { count: left }),
  ].filter((note) => note !== null);
  if (notes.length === 0) return reason === null ? <Missing /> : <>{reason}</>;
  return (
    <ul className={styles.notes}>
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

export function Candidates({ candidates }: { candidates: readonly Candidate[] }) {
  const { t } = useTranslation("routing");
  const columns: readonly Column<Candidate>[] = [
    { key: "account", title: t("columns.account"), width: "14%", card: "title", render: ({ account }) => <span className={styles.name}>{account}</span> },
    { key: "verdict", title: t("columns.verdict"), width: 176, card: "aside", render: (candidate) => <Verdict candidate={candidate} /> },
    { key: "price", title: t("columns.price"), width: "13%", align: "right", render: (candidate) => <PriceOf candidate={candidate} /> },
    { key: "delivery", title: t("columns.delivery"), width: "11%", align: "right", render: ({ delivery_percent: percent }) => (percent === null ? <Missing /> : <span className={styles.figure}><Num value={percent} decimals={Number.isInteger(percent) ? 0 : 1} /> %</span>) },
    { key: "health", title: t("columns.health"), width: "10%", align: "right", render: (candidate) => <Health candidate={candidate} /> },
    { key: "cost", title: t("columns.cost"), width: "13%", align: "right", render: ({ expected_cost: cost }) => <Sum value={cost} /> },
    { key: "why", title: t("columns.why"), render: (candidate) => <Why candidate={candidate} /> },
  ];
  return <DataTable columns={columns} rows={candidates} rowKey={({ account_id: id }) => id} label={t("candidates")} empty={<EmptyState title={t("no_accounts")}>{t("no_accounts_text")}</EmptyState>} />;
}
