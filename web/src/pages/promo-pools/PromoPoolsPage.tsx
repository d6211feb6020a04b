/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pools of promo codes: how many are left, given and come back. */
import GiftOutlined from "@ant-design/icons/es/icons/GiftOutlined";
import { useTranslation } from "react-i18next";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { CodesLeft } from "@/features/promo/CodesLeft";
import { Sections } from "@/features/template-sections/Sections";
import { useRight } from "@/shared/hooks/useMe";
import { usePages } from "@/shared/hooks/usePages";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Page } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Num } from "@/shared/ui/values";
import { NewPool } from "./NewPool";
import styles from "./PromoPools.module.css";

type Pool = Answer<"/v1/promo-pools", "get">["pools"][number];

function useColumns(): readonly Column<Pool>[] {
  const { t } = useTranslation("promo-pools");
  return [
    {
      key: "name",
      title: t("columns.name"),
      card: "title",
      render: ({ id, name }) => (
        <PageLink to={`/templates/promo/${id}`} className={styles.name ?? ""}>
          {name}
        </PageLink>
      ),
    },
    { key: "left", title: t("columns.left"), width: 200, card: "aside", render: (pool) => <CodesLeft pool={pool} /> },
    { key: "size", title: t("columns.size"), width: 128, align: "right", render: ({ size }) => <Num value={size} /> },
    { key: "free", title: t("columns.free"), width: 128, align: "right", render: ({ free }) => <Num value={free} /> },
    { key: "held", title: t("columns.held"), width: 128, align: "right", desktopOnly: true, render: ({ held }) => <Num value={held} /> },
    { key: "given", title: t("columns.given"), width: 128, align: "right", render: ({ given }) => <Num value={given} /> },
    { key: "redeemed", title: t("columns.redeemed"), width: 144, align: "right", render: ({ redeemed }) => <Num value={redeemed} /> },
  ];
}

export default function PromoPoolsPage() {
  const { t } = useTranslation("promo-pools");
  const columns = useColumns();
  const mayEdit = useRight("templates.edit");
  const { rows, error, again, more, loadingMore } = usePages({
    queryKey: [...keys.promoPools, "table"],
    load: (cursor, signal) => api.get("/v1/promo-pools", { query: { ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.pools,
  });
  return (
    <Page title={t("title")} lead={t("lead")} actions={mayEdit && <NewPool />}>
      <Sections />
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
          <EmptyState icon={<GiftOutlined />} title={t("empty.title")} action={mayEdit && <NewPool />}>
            {t("empty.text")}
          </EmptyState>
        }
      />
    </Page>
  );
}
