/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Some of the clients that are meant, their numbers masked. */
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Answer } from "@/api/client";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { usePreview } from "./queries";
import { WhyDialog, type Reason } from "./WhyDialog";
import styles from "./List.module.css";

type Row = Answer<"/v1/criteria/preview", "post">["clients"][number];

const expected = 10;

function useColumns(onWhy: ((row: Row) => void) | undefined): Column<Row>[] {
  const { t } = useTranslation("list");
  const columns: Column<Row>[] = [
    {
      key: "name",
      title: t("preview.name"),
      card: "title",
      render: ({ id, name }) => (
        <PageLink to={`/clients/${id}`} className={styles.name ?? ""}>
          {name.trim() === "" ? t("preview.unnamed") : name}
        </PageLink>
      ),
    },
    { key: "phone", title: t("preview.phone"), width: 180, render: ({ phone }) => <span className={styles.figure}>{phone}</span> },
  ];
  if (onWhy === undefined) return columns;
  const why: Column<Row> = {
    key: "why",
    title: t("preview.why_title"),
    width: 140,
    card: "aside",
    render: (row) => (
      <Button type="link" size="small" className={styles.inlineButton ?? ""} aria-label={t("preview.why_of", { name: row.name })} onClick={() => onWhy(row)}>
        {t("preview.why")}
      </Button>
    ),
  };
  return [...columns, why];
}

export function Preview({ reason, isFixed }: { reason: Reason; isFixed: boolean }) {
  const { t } = useTranslation("list");
  const { data, error, refetch, isPlaceholderData } = usePreview(reason.tree);
  const [asked, setAsked] = useState<Row | null>(null);
  const columns = useColumns(isFixed ? undefined : setAsked);
  return (
    <Section title={t("preview.title")}>
      <div aria-busy={isPlaceholderData}>
        <DataTable
          columns={columns}
          rows={data}
          rowKey={({ id }) => id}
          label={t("preview.title")}
          error={error}
          onAgain={() => void refetch()}
          empty={<EmptyState title={t("preview.nobody")}>{isFixed ? t("preview.nobody_fixed") : t("preview.nobody_text")}</EmptyState>}
          expected={expected}
        />
      </div>
      {asked !== null && <WhyDialog reason={reason} client={asked} onClose={() => setAsked(null)} />}
    </Section>
  );
}
