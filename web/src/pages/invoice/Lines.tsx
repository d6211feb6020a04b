/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tariff, the provider's own price and the invoice, side by side by line. */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import { useTranslation } from "react-i18next";
import { ConditionWords } from "@/features/delivery-words/ConditionWords";
import { signOf } from "@/features/delivery-words/price";
import { Difference, Sum } from "@/features/delivery-words/Sums";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Num } from "@/shared/ui/values";
import type { Comparison, Line } from "./table";
import styles from "./Invoice.module.css";

function Whom({ line }: { line: Line }) {
  const { t } = useTranslation("invoice");
  return (
    <>
      <ConditionWords row={line} />
      <p className={styles.quiet}>{line.line === null ? t("no_line") : t("line", { line: line.line })}</p>
    </>
  );
}

function Counted({ count, sum, currency, note }: { count: number; sum: string; currency: string; note?: string | undefined }) {
  return (
    <>
      <Sum value={sum} currency={currency} />
      <p className={styles.quiet}>
        <Num value={count} />
        {note !== undefined && ` · ${note}`}
      </p>
    </>
  );
}

function Causes({ line: { causes, difference }, currency }: { line: Line; currency: string }) {
  const { t } = useTranslation("invoice");
  if (causes.length === 0 || signOf(difference) === 0)
    return (
      <span className={styles.agrees}>
        <CheckCircleOutlined aria-hidden /> {t("agrees")}
      </span>
    );
  return (
    <ul className={styles.causes}>
      {causes.map(({ cause, sum }) => (
        <li key={cause}>
          {t(`cause.${cause}`)}
          {causes.length > 1 && (
            <>
              {": "}
              <Difference value={sum} currency={currency} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

export function Lines({ invoice }: { invoice: Comparison }) {
  const { t } = useTranslation("invoice");
  const { currency, lines } = invoice;
  const columns: readonly Column<Line>[] = [
    { key: "whom", title: t("columns.whom"), card: "title", render: (line) => <Whom line={line} /> },
    { key: "ours", title: t("columns.ours"), width: "14%", align: "right", render: (line) => <Counted count={line.charged} sum={line.cost} currency={currency} note={line.unpriced > 0 ? t("unpriced", { count: line.unpriced }) : undefined} /> },
    { key: "own", title: t("columns.own"), width: "14%", align: "right", desktopOnly: true, render: (line) => (line.own_parts === 0 ? <span className={styles.quiet}>{t("not_told")}</span> : <Counted count={line.own_parts} sum={line.own_cost} currency={currency} />) },
    { key: "theirs", title: t("columns.theirs"), width: "14%", align: "right", render: (line) => <Counted count={line.invoice_count} sum={line.invoice_sum} currency={currency} /> },
    {
      key: "difference",
      title: t("columns.difference"),
      width: "12%",
      align: "right",
      card: "aside",
      render: ({ difference }) => (
        <span className={signOf(difference) === 0 ? "" : styles.differs}>
          <Difference value={difference} currency={currency} />
        </span>
      ),
    },
    { key: "why", title: t("columns.why"), width: "24%", render: (line) => <Causes line={line} currency={currency} /> },
  ];
  return <DataTable columns={columns} rows={lines} rowKey={({ line, operator, category, registered, sender }) => [line, operator, category, registered, sender].join(" ")} label={t("lines")} empty={<EmptyState title={t("none")} />} />;
}
