/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Money: invoices held against what was counted, what a month cost, and whether campaigns cost what was expected. */
import FileDoneOutlined from "@ant-design/icons/es/icons/FileDoneOutlined";
import UploadOutlined from "@ant-design/icons/es/icons/UploadOutlined";
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Invoice } from "@/api/types";
import { Sections } from "@/features/delivery-sections/Sections";
import { formatMonth } from "@/features/delivery-words/month";
import { useOwnerName } from "@/features/delivery-words/useOwner";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { usePages } from "@/shared/hooks/usePages";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Page, Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Missing, Time } from "@/shared/ui/values";
import { Forecast } from "./Forecast";
import { MonthCosts } from "./MonthCosts";
import styles from "./Invoices.module.css";

function Load() {
  const { t } = useTranslation("invoices");
  if (!useRight("tariffs.edit")) return null;
  return (
    <ButtonLink to="/delivery/invoices/load" type="primary" icon={<UploadOutlined aria-hidden />}>
      {t("load")}
    </ButtonLink>
  );
}

function useColumns(): readonly Column<Invoice>[] {
  const { t } = useTranslation("invoices");
  const language = useLanguage();
  const ownerName = useOwnerName();
  return [
    {
      key: "owner",
      title: t("columns.owner"),
      card: "title",
      render: (invoice) => (
        <PageLink to={`/delivery/invoices/${invoice.id}`} className={styles.name ?? ""}>
          {ownerName(invoice)}
        </PageLink>
      ),
    },
    { key: "month", title: t("columns.month"), width: "18%", render: ({ month }) => formatMonth(month, language) },
    { key: "file", title: t("columns.file"), width: "28%", render: ({ file_name: name }) => (name === "" ? <Missing /> : <span className={styles.file}>{name}</span>) },
    { key: "loaded", title: t("columns.loaded"), width: "18%", render: ({ loaded_at: at }) => <Time value={at} /> },
    { key: "state", title: t("columns.state"), width: 144, card: "aside", render: ({ replaced_by: by }) => (by === null ? <Tag color="success">{t("current")}</Tag> : <Tag>{t("replaced")}</Tag>) },
  ];
}

export default function InvoicesPage() {
  const { t } = useTranslation("invoices");
  const mayCampaigns = useRight("campaigns.read");
  const columns = useColumns();
  const { rows, error, again, more, loadingMore } = usePages({
    queryKey: keys.invoices,
    load: (cursor, signal) => api.get("/v1/invoices", { query: { ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.invoices,
  });
  return (
    <Page title={t("title")} lead={t("lead")} actions={<Load />}>
      <Sections />
      <Section title={t("invoices")}>
        <DataTable
          columns={columns}
          rows={rows}
          rowKey={({ id }) => id}
          label={t("invoices")}
          error={error}
          onAgain={again}
          onMore={more}
          loadingMore={loadingMore}
          expected={3}
          empty={
            <EmptyState icon={<FileDoneOutlined />} title={t("empty.title")} action={<Load />}>
              {t("empty.text")}
            </EmptyState>
          }
        />
      </Section>
      <MonthCosts />
      {mayCampaigns && <Forecast />}
    </Page>
  );
}
