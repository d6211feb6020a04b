/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every list: what it follows from, how many are on it, since when that is known, who uses it. */
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import UnorderedListOutlined from "@ant-design/icons/es/icons/UnorderedListOutlined";
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { useRight } from "@/shared/hooks/useMe";
import { usePages } from "@/shared/hooks/usePages";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Page } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Num, Time } from "@/shared/ui/values";
import styles from "./Lists.module.css";

type List = Answer<"/v1/lists", "get">["lists"][number];

function NewList() {
  const { t } = useTranslation("lists");
  if (!useRight("lists.edit")) return null;
  return (
    <ButtonLink to="/lists/new" type="primary" icon={<PlusOutlined aria-hidden />}>
      {t("new")}
    </ButtonLink>
  );
}

function UsedBy({ list: { used_by } }: { list: List }) {
  const { t } = useTranslation("lists");
  const parts = [
    ...(used_by.campaigns === 0 ? [] : [t("campaigns", { count: used_by.campaigns })]),
    ...(used_by.lists === 0 ? [] : [t("lists", { count: used_by.lists })]),
  ];
  return parts.length === 0 ? <span className={styles.quiet}>{t("nobody")}</span> : <>{parts.join(", ")}</>;
}

function useColumns(): readonly Column<List>[] {
  const { t } = useTranslation("lists");
  return [
    {
      key: "name",
      title: t("columns.name"),
      card: "title",
      render: ({ id, name }) => (
        <PageLink to={`/lists/${id}`} className={styles.name ?? ""}>
          {name}
        </PageLink>
      ),
    },
    { key: "kind", title: t("columns.kind"), width: 152, card: "aside", render: ({ kind }) => <Tag className={styles.kind ?? ""}>{t(`kind.${kind}`)}</Tag> },
    { key: "size", title: t("columns.size"), width: 120, align: "right", render: ({ size }) => <Num value={size} /> },
    { key: "refreshed", title: t("columns.refreshed"), width: 176, desktopOnly: true, render: ({ refreshed_at, created_at }) => <Time value={refreshed_at ?? created_at} /> },
    { key: "used_by", title: t("columns.used_by"), width: "24%", render: (list) => <UsedBy list={list} /> },
  ];
}

export default function ListsPage() {
  const { t } = useTranslation("lists");
  const columns = useColumns();
  const { rows, error, again, more, loadingMore } = usePages({
    queryKey: keys.lists,
    load: (cursor, signal) => api.get("/v1/lists", { query: { ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.lists,
  });
  return (
    <Page title={t("title")} lead={t("lead")} actions={<NewList />}>
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        label={t("title")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        empty={
          <EmptyState icon={<UnorderedListOutlined />} title={t("empty.title")} action={<NewList />}>
            {t("empty.text")}
          </EmptyState>
        }
      />
    </Page>
  );
}
