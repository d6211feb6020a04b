/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the messages of a month cost by tariff, and what providers said themselves. */
import Input from "antd/es/input";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { daysOf, isMonth } from "@/features/delivery-words/month";
import { Sum } from "@/features/delivery-words/Sums";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Section } from "@/shared/ui/Page";
import { Money, Num, Time } from "@/shared/ui/values";
import { byAccount, type Spent } from "./spent";
import styles from "./Invoices.module.css";

function useCosts(month: string) {
  const { from, until } = daysOf(month);
  return useQuery({
    queryKey: keys.costs(from, until),
    queryFn: ({ signal }) => api.get("/v1/costs", { query: { from, until }, signal }),
    placeholderData: keepPreviousData,
  });
}

export function MonthCosts() {
  const { t } = useTranslation("invoices");
  const [month, setMonth] = useState(() => dayjs().format("YYYY-MM"));
  const { data, error, refetch } = useCosts(month);
  const columns: readonly Column<Spent>[] = [
    { key: "account", title: t("costs.account"), card: "title", render: ({ account }) => <span className={styles.name}>{account}</span> },
    { key: "messages", title: t("costs.messages"), width: "14%", align: "right", render: ({ messages }) => <Num value={messages} /> },
    { key: "parts", title: t("costs.parts"), width: "14%", align: "right", desktopOnly: true, render: ({ parts }) => <Num value={parts} /> },
    { key: "unpriced", title: t("costs.unpriced"), width: "14%", align: "right", desktopOnly: true, render: ({ unpriced }) => <Num value={unpriced} /> },
    { key: "own", title: t("costs.own"), width: "18%", align: "right", render: ({ hasOwn, own, currency }) => <Sum value={hasOwn ? own : null} currency={currency} /> },
    { key: "cost", title: t("costs.cost"), width: "18%", align: "right", card: "aside", render: ({ cost, currency }) => <Sum value={cost} currency={currency} /> },
  ];
  return (
    <Section
      title={t("costs.title")}
      extra={
        <Input
          type="month"
          className={styles.month ?? ""}
          aria-label={t("costs.month")}
          value={month}
          onChange={({ target }) => {
            if (isMonth(target.value)) setMonth(target.value);
          }}
        />
      }
    >
      <DataTable
        columns={columns}
        rows={data === undefined ? undefined : byAccount(data.costs)}
        rowKey={({ account, currency }) => `${account} ${currency}`}
        label={t("costs.title")}
        error={error}
        onAgain={() => void refetch()}
        expected={2}
        empty={<EmptyState title={t("costs.none")}>{t("costs.none_text")}</EmptyState>}
      />
      {data !== undefined && data.costs.length > 0 && (
        <p className={styles.note}>
          {t("costs.total")} <Money value={data.cost_roubles} />
          {data.reckoned_to !== null && (
            <>
              {" · "}
              {t("costs.reckoned")} <Time value={data.reckoned_to} />
            </>
          )}
        </p>
      )}
    </Section>
  );
}
