/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who messages are from: each name with what operators say of it, and from whom they are when nobody says. */
import IdcardOutlined from "@ant-design/icons/es/icons/IdcardOutlined";
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import type { Sender } from "@/api/types";
import { useSenderList } from "@/features/sender-words/queries";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Page } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Num } from "@/shared/ui/values";
import { NewSender } from "./NewSender";
import { Rules } from "./Rules";
import styles from "./Senders.module.css";

function Name({ sender: { id, name, note } }: { sender: Sender }) {
  return (
    <>
      <PageLink to={`/senders/${id}`} className={styles.name ?? ""}>
        {name}
      </PageLink>
      {note !== "" && <p className={styles.quiet}>{note}</p>}
    </>
  );
}

function Known({ registered: { active, asked, refused } }: Pick<Sender, "registered">) {
  const { t } = useTranslation("senders");
  if (active + asked + refused === 0) return <span className={styles.quiet}>{t("known.nowhere")}</span>;
  return (
    <span className={styles.known}>
      {active > 0 && <span>{t("known.active", { count: active })}</span>}
      {asked > 0 && <span>{t("known.asked", { count: asked })}</span>}
      {refused > 0 && <span>{t("known.refused", { count: refused })}</span>}
    </span>
  );
}

function useColumns(): readonly Column<Sender>[] {
  const { t } = useTranslation("senders");
  return [
    { key: "name", title: t("columns.name"), card: "title", render: (sender) => <Name sender={sender} /> },
    { key: "kind", title: t("columns.kind"), width: "18%", render: ({ kind }) => t(`kind.${kind}`, { ns: "sender-words" }) },
    { key: "known", title: t("columns.known"), width: "30%", render: (sender) => <Known registered={sender.registered} /> },
    { key: "texts", title: t("columns.texts"), width: 168, align: "right", render: ({ texts }) => <Num value={texts} /> },
    { key: "state", title: t("columns.state"), width: 144, card: "aside", render: ({ enabled }) => <Tag color={enabled ? "success" : "default"}>{enabled ? t("on") : t("off")}</Tag> },
  ];
}

export default function SendersPage() {
  const { t } = useTranslation("senders");
  const columns = useColumns();
  const { data, error, refetch } = useSenderList();
  return (
    <Page title={t("title")} lead={t("lead")} actions={<NewSender />}>
      <DataTable
        columns={columns}
        rows={data}
        rowKey={({ id }) => id}
        label={t("title")}
        error={error}
        onAgain={() => void refetch()}
        expected={3}
        empty={
          <EmptyState icon={<IdcardOutlined />} title={t("empty.title")} action={<NewSender />}>
            {t("empty.text")}
          </EmptyState>
        }
      />
      {data !== undefined && data.length > 0 && <Rules senders={data} />}
    </Page>
  );
}
