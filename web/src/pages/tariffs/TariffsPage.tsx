/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What delivery costs: the price lists in force, those to come and those that were. */
import DollarOutlined from "@ant-design/icons/es/icons/DollarOutlined";
import UploadOutlined from "@ant-design/icons/es/icons/UploadOutlined";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { Tariff } from "@/api/types";
import { Sections } from "@/features/delivery-sections/Sections";
import { inOrder, standingOf } from "@/features/delivery-words/standing";
import { StandingTag } from "@/features/delivery-words/StandingTag";
import { useOwnerName } from "@/features/delivery-words/useOwner";
import { useTerms } from "@/features/delivery-words/useTerms";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDay } from "@/shared/lib/format";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Page, Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Num } from "@/shared/ui/values";
import { Flat } from "./Flat";
import { useTariffs } from "./queries";
import styles from "./Tariffs.module.css";

function Load() {
  const { t } = useTranslation("tariffs");
  if (!useRight("tariffs.edit")) return null;
  return (
    <ButtonLink to="/delivery/tariffs/load" type="primary" icon={<UploadOutlined aria-hidden />}>
      {t("load")}
    </ButtonLink>
  );
}

function Owner({ tariff }: { tariff: Tariff }) {
  const ownerName = useOwnerName();
  return (
    <>
      <PageLink to={`/delivery/tariffs/${tariff.id}`} className={styles.name ?? ""}>
        {ownerName(tariff)}
      </PageLink>
      {tariff.file_name !== "" && <p className={styles.quiet}>{tariff.file_name}</p>}
    </>
  );
}

function Days({ tariff: { from, until } }: { tariff: Tariff }) {
  const { t } = useTranslation("tariffs");
  const language = useLanguage();
  const word = (day: string) => formatDay(dayjs(day), language, dayjs());
  return (
    <>
      {t("from_day", { day: word(from) })}
      {until !== null && <p className={styles.quiet}>{t("until_day", { day: word(dayjs(until).subtract(1, "day").format("YYYY-MM-DD")) })}</p>}
    </>
  );
}

function useColumns(today: string): readonly Column<Tariff>[] {
  const { t } = useTranslation("tariffs");
  const terms = useTerms();
  return [
    { key: "owner", title: t("columns.owner"), card: "title", render: (tariff) => <Owner tariff={tariff} /> },
    { key: "standing", title: t("columns.standing"), width: 192, card: "aside", render: (tariff) => <StandingTag standing={standingOf(tariff, today)} /> },
    { key: "days", title: t("columns.days"), width: "20%", render: (tariff) => <Days tariff={tariff} /> },
    { key: "terms", title: t("columns.terms"), width: "28%", render: (tariff) => terms(tariff) },
    { key: "rows", title: t("columns.rows"), width: 112, align: "right", render: ({ rows }) => <Num value={rows} /> },
  ];
}

export default function TariffsPage() {
  const { t } = useTranslation("tariffs");
  const { data, error, refetch } = useTariffs();
  const today = dayjs().format("YYYY-MM-DD");
  const columns = useColumns(today);
  const all = data === undefined ? undefined : inOrder(data, today);
  const past = all?.filter((tariff) => standingOf(tariff, today) === "past") ?? [];
  return (
    <Page title={t("title")} lead={t("lead")} actions={<Load />}>
      <Sections />
      <DataTable
        columns={columns}
        rows={all?.filter((tariff) => standingOf(tariff, today) !== "past")}
        rowKey={({ id }) => id}
        label={t("title")}
        error={error}
        onAgain={() => void refetch()}
        expected={3}
        empty={
          <EmptyState icon={<DollarOutlined />} title={t("empty.title")} action={<Load />}>
            {t("empty.text")}
          </EmptyState>
        }
      />
      {all !== undefined && <Flat tariffs={all} today={today} />}
      {past.length > 0 && (
        <Section title={t("past")}>
          <DataTable columns={columns} rows={past} rowKey={({ id }) => id} label={t("past")} empty={null} />
        </Section>
      )}
    </Page>
  );
}
