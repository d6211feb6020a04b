/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a campaign was expected to cost, what it did cost, and why they differ. */
import Alert from "antd/es/alert";
import Select from "antd/es/select";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { Difference } from "@/features/delivery-words/Sums";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { Figures } from "@/shared/ui/Figures";
import { Panel, Section } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Money, Num } from "@/shared/ui/values";
import { add, minus } from "./spent";
import styles from "./Invoices.module.css";

type Costs = Answer<"/v1/campaigns/{id}/costs", "get">;
type Cause = Costs["causes"][number];

const typingMs = 250;
const shown = 20;

function useCampaigns(search: string) {
  const query = useDebounced(search.trim(), typingMs);
  return useQuery({
    queryKey: [...keys.campaigns, "costs", query],
    queryFn: async ({ signal }) => (await api.get("/v1/campaigns", { query: { limit: shown, ...(query === "" ? {} : { query }) }, signal })).campaigns.filter(({ status }) => status !== "draft" && status !== "planned"),
    placeholderData: keepPreviousData,
  });
}

function Causes({ costs }: { costs: Costs }) {
  const { t } = useTranslation("invoices");
  const columns: readonly Column<Cause>[] = [
    { key: "cause", title: t("forecast.cause"), card: "title", render: ({ cause }) => t(`forecast.causes.${cause}`) },
    { key: "messages", title: t("forecast.messages"), width: "16%", align: "right", render: ({ messages }) => <Num value={messages} /> },
    { key: "expected", title: t("forecast.expected"), width: "18%", align: "right", render: ({ expected }) => <Money value={expected} /> },
    { key: "settled", title: t("forecast.settled"), width: "18%", align: "right", render: ({ settled }) => <Money value={settled} /> },
    { key: "difference", title: t("forecast.difference"), width: "18%", align: "right", card: "aside", render: ({ expected, settled }) => <Difference value={add(settled, minus(expected))} /> },
  ];
  return (
    <>
      <Panel>
        <Figures
          figures={[
            { label: t("forecast.expected"), value: <Money value={costs.expected} /> },
            { label: t("forecast.settled"), value: <Money value={costs.settled} /> },
            { label: t("forecast.difference"), value: <Difference value={add(costs.settled, minus(costs.expected))} /> },
          ]}
        />
      </Panel>
      {costs.causes.length > 0 && <DataTable columns={columns} rows={costs.causes} rowKey={({ cause }) => cause} label={t("forecast.title")} empty={null} />}
    </>
  );
}

function Chosen({ id }: { id: string }) {
  const { t } = useTranslation("invoices");
  const { data, error, refetch } = useQuery({ queryKey: keys.campaignCosts(id), queryFn: ({ signal }) => api.get("/v1/campaigns/{id}/costs", { path: { id }, signal }) });
  if (data === undefined) return error === null ? <Skeleton rows={5} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />;
  return data.causes.length === 0 ? <Alert type="info" showIcon title={t("forecast.nothing")} /> : <Causes costs={data} />;
}

export function Forecast() {
  const { t } = useTranslation("invoices");
  const [search, setSearch] = useState("");
  const [id, setId] = useState<string | null>(null);
  const { data: campaigns = [] } = useCampaigns(search);
  return (
    <Section title={t("forecast.title")}>
      <Field label={t("forecast.campaign")} note={t("forecast.note")}>
        {(props) => (
          <Select<string>
            {...props}
            className={styles.campaign ?? ""}
            value={id}
            placeholder={t("forecast.choose")}
            showSearch={{ filterOption: false, onSearch: setSearch }}
            options={campaigns.map((campaign) => ({ value: campaign.id, label: campaign.name }))}
            onChange={setId}
          />
        )}
      </Field>
      {id !== null && <Chosen key={id} id={id} />}
    </Section>
  );
}
