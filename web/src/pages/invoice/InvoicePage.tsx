/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One invoice held against what was counted. */
import DownloadOutlined from "@ant-design/icons/es/icons/DownloadOutlined";
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { formatMonth } from "@/features/delivery-words/month";
import { signOf } from "@/features/delivery-words/price";
import { Difference, Sum } from "@/features/delivery-words/Sums";
import { useConditions } from "@/features/delivery-words/useConditions";
import { useOwnerName } from "@/features/delivery-words/useOwner";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { saveFile } from "@/shared/lib/save-file";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Figures } from "@/shared/ui/Figures";
import { Page, Panel, Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Lines } from "./Lines";
import { csvOf, tableOf, type Comparison } from "./table";

function Export({ invoice }: { invoice: Comparison }) {
  const { t } = useTranslation("invoice");
  const language = useLanguage();
  const { whom, rest } = useConditions();
  const save = () => {
    const head = (["line", "whom", "conditions", "count_ours", "ours", "count_own", "own", "count_theirs", "theirs", "difference", "why"] as const).map((word) => t(`csv.${word}`));
    const rows = tableOf(invoice, { head, whom, rest, cause: (cause) => t(`cause.${cause}`), total: t("csv.total"), language });
    saveFile(new Blob([csvOf(rows)], { type: "text/csv" }), `${invoice.account ?? invoice.provider ?? ""}-${invoice.month}.csv`);
  };
  return (
    <Button icon={<DownloadOutlined aria-hidden />} onClick={save}>
      {t("export")}
    </Button>
  );
}

function Result({ invoice }: { invoice: Comparison }) {
  const { t } = useTranslation("invoice");
  const { currency } = invoice;
  const sign = signOf(invoice.difference);
  const word = sign === 0 ? "agrees" : sign > 0 ? "more" : "less";
  return (
    <>
      <Alert type={sign === 0 ? "success" : "warning"} showIcon title={t(`result.${word}`)} />
      <Panel>
        <Figures
          figures={[
            { label: t("columns.ours"), value: <Sum value={invoice.cost} currency={currency} /> },
            { label: t("columns.own"), value: invoice.lines.some(({ own_parts: parts }) => parts > 0) ? <Sum value={invoice.own_cost} currency={currency} /> : "—" },
            { label: t("columns.theirs"), value: <Sum value={invoice.invoice_sum} currency={currency} /> },
            { label: t("columns.difference"), value: <Difference value={invoice.difference} currency={currency} /> },
          ]}
        />
      </Panel>
    </>
  );
}

export default function InvoicePage() {
  const { t } = useTranslation("invoice");
  const { id = "" } = useParams();
  const language = useLanguage();
  const ownerName = useOwnerName();
  const { data: invoice, error, refetch } = useQuery({ queryKey: keys.invoice(id), queryFn: ({ signal }) => api.get("/v1/invoices/{id}", { path: { id }, signal }) });
  if (invoice === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  return (
    <Page
      title={`${ownerName(invoice)}, ${formatMonth(invoice.month, language)}`}
      lead={t("lead", { file: invoice.file_name, vat: Number(invoice.vat_rate) })}
      back={{ to: "/delivery/invoices", label: t("back") }}
      actions={<Export invoice={invoice} />}
    >
      {invoice.replaced_by !== null && <Alert type="info" showIcon title={t("replaced")} action={<PageLink to={`/delivery/invoices/${invoice.replaced_by}`}>{t("newer")}</PageLink>} />}
      <Result invoice={invoice} />
      <Section title={t("lines")}>
        <Lines invoice={invoice} />
      </Section>
    </Page>
  );
}
