/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One price list: its terms and its prices, with a search. */
import Input from "antd/es/input";
import { useQuery } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import type { Tariff } from "@/api/types";
import { ConditionWords } from "@/features/delivery-words/ConditionWords";
import { standingOf } from "@/features/delivery-words/standing";
import { StandingTag } from "@/features/delivery-words/StandingTag";
import { Price } from "@/features/delivery-words/Sums";
import { useOwnerName } from "@/features/delivery-words/useOwner";
import { useTerms } from "@/features/delivery-words/useTerms";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { usePages } from "@/shared/hooks/usePages";
import { useRemembered } from "@/shared/hooks/useRemembered";
import { formatDay } from "@/shared/lib/format";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Facts } from "@/shared/ui/Facts";
import { Page, Panel, Section } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Missing, Time } from "@/shared/ui/values";
import styles from "./Tariff.module.css";

type Row = Answer<"/v1/tariffs/{id}/rows", "get">["rows"][number];

const typingMs = 250;
const searchMax = 50;

function Terms({ tariff }: { tariff: Tariff }) {
  const { t } = useTranslation("tariff");
  const language = useLanguage();
  const terms = useTerms();
  const word = (day: string) => formatDay(dayjs(day), language, dayjs());
  return (
    <Panel>
      <Facts
        facts={[
          { label: t("from"), value: word(tariff.from) },
          { label: t("until"), value: tariff.until === null ? t("no_end") : word(dayjs(tariff.until).subtract(1, "day").format("YYYY-MM-DD")) },
          { label: t("terms"), value: terms(tariff) },
          { label: t("vat_rate"), value: tariff.vat_rate === null ? t("by_country") : `${Number(tariff.vat_rate)} %` },
          { label: t("file"), value: tariff.file_name === "" ? <Missing /> : tariff.file_name },
          { label: t("loaded_at"), value: <Time value={tariff.loaded_at} /> },
        ]}
      />
    </Panel>
  );
}

function useRows(id: string, query: string) {
  return usePages({
    queryKey: keys.tariffRows(id, query),
    load: (cursor, signal) => api.get("/v1/tariffs/{id}/rows", { path: { id }, query: { ...(query === "" ? {} : { query }), ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.rows,
    keepRows: true,
  });
}

function Prices({ tariff }: { tariff: Tariff }) {
  const { t } = useTranslation("tariff");
  const [search, setSearch] = useRemembered("tariff-search", "");
  const query = useDebounced(search.trim(), typingMs);
  const { rows, error, again, more, loadingMore } = useRows(tariff.id, query);
  const columns: readonly Column<Row>[] = [
    { key: "whom", title: t("columns.whom"), card: "title", render: (row) => <ConditionWords row={row} /> },
    { key: "line", title: t("columns.line"), width: 160, align: "right", card: "hidden", render: ({ line }) => line },
    { key: "price", title: t("columns.price"), width: 176, align: "right", card: "aside", render: ({ price }) => <Price value={price} currency={tariff.currency} /> },
  ];
  return (
    <Section title={t("prices")}>
      <Input.Search
        className={styles.search ?? ""}
        value={search}
        maxLength={searchMax}
        allowClear
        placeholder={t("search")}
        aria-label={t("search")}
        onChange={({ target }) => setSearch(target.value)}
      />
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ line, operator, prefix }) => `${line} ${operator ?? ""} ${prefix ?? ""}`}
        label={t("prices")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        empty={<EmptyState title={t("none")}>{t("none_text")}</EmptyState>}
      />
    </Section>
  );
}

export default function TariffPage() {
  const { t } = useTranslation("tariff");
  const { id = "" } = useParams();
  const ownerName = useOwnerName();
  const { data: tariff, error, refetch } = useQuery({ queryKey: keys.tariff(id), queryFn: ({ signal }) => api.get("/v1/tariffs/{id}", { path: { id }, signal }) });
  if (tariff === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  return (
    <Page title={ownerName(tariff)} tag={<StandingTag standing={standingOf(tariff, dayjs().format("YYYY-MM-DD"))} />} back={{ to: "/delivery/tariffs", label: t("back") }}>
      <Terms tariff={tariff} />
      <Prices key={id} tariff={tariff} />
    </Page>
  );
}
