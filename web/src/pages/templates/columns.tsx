/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import type { Column } from "@/shared/ui/DataTable";
import { PageLink } from "@/shared/ui/PageLink";
import { Time } from "@/shared/ui/values";
import type { Template } from "./filter";
import styles from "./Templates.module.css";

export function useColumns(): readonly Column<Template>[] {
  const { t } = useTranslation("templates");
  return [
    {
      key: "name",
      title: t("columns.name"),
      width: "24%",
      card: "title",
      render: ({ id, name }) => (
        <PageLink to={`/templates/${id}`} className={styles.name ?? ""}>
          {name}
        </PageLink>
      ),
    },
    { key: "category", title: t("columns.category"), width: 160, card: "aside", render: ({ category }) => <Tag className={styles.tag ?? ""}>{t(`message_category.${category}`, { ns: "common" })}</Tag> },
    { key: "text", title: t("columns.text"), render: ({ text }) => <span className={styles.text}>{text}</span> },
    {
      key: "changed",
      title: t("columns.changed"),
      width: 176,
      render: ({ changed_at, changed_by }) => (
        <>
          <Time value={changed_at} />
          <div className={styles.who}>{changed_by}</div>
        </>
      ),
    },
    {
      key: "used_by",
      title: t("columns.used_by"),
      width: 136,
      render: ({ campaign_count }) => (campaign_count === 0 ? <span className={styles.quiet}>{t("nobody")}</span> : t("campaigns", { count: campaign_count })),
    },
  ];
}
