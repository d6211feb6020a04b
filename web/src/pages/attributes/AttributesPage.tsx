/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the company knows of its clients beside the usual fields: named, typed, changed, deleted when nothing reads it. */
import TagsOutlined from "@ant-design/icons/es/icons/TagsOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attribute } from "@/api/types";
import { useAttributes } from "@/features/import-file/useAttributes";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Page } from "@/shared/ui/Page";
import { Missing, Time } from "@/shared/ui/values";
import { AttributeDialog } from "./AttributeDialog";
import { DeleteAttribute } from "./DeleteAttribute";
import styles from "./Attributes.module.css";

const choicesShown = 6;

function Choices({ choices }: { choices: readonly string[] }) {
  const { t } = useTranslation("attributes");
  if (choices.length === 0) return <Missing />;
  const more = choices.length - choicesShown;
  return (
    <span className={styles.name}>
      {choices.slice(0, choicesShown).join(", ")}
      {more > 0 && ` ${t("more", { count: more })}`}
    </span>
  );
}

/* What a dialog is about: an attribute, or a new one. */
type About = Attribute | "new";

export default function AttributesPage() {
  const { t } = useTranslation("attributes");
  const words = useTranslation("import-file").t;
  const { data, error, refetch } = useAttributes();
  const [edited, setEdited] = useState<About | null>(null);
  const [doomed, setDoomed] = useState<Attribute | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setEdited("new")}>
      {t("new")}
    </Button>
  );
  const columns: Column<Attribute>[] = [
    { key: "name", title: t("columns.name"), card: "title", render: ({ name }) => <span className={styles.name}>{name.replaceAll("_", " ")}</span> },
    { key: "text", title: t("columns.in_texts"), width: "20%", desktopOnly: true, render: ({ name }) => <code className={styles.code}>{`{${name}}`}</code> },
    { key: "type", title: t("columns.type"), width: 136, card: "aside", render: ({ type }) => words(`type.${type}`) },
    { key: "choices", title: t("columns.choices"), width: "22%", render: ({ choices }) => <Choices choices={choices} /> },
    { key: "created", title: t("columns.created"), width: 144, desktopOnly: true, render: ({ created_at }) => <Time value={created_at} /> },
    {
      key: "deeds",
      title: t("columns.deeds"),
      width: 200,
      render: (attribute) => (
        <span className={styles.deeds}>
          <Button size="small" aria-label={t("change_this", { name: attribute.name })} onClick={() => setEdited(attribute)}>
            {t("change")}
          </Button>
          <Button size="small" aria-label={t("delete_this", { name: attribute.name })} onClick={() => setDoomed(attribute)}>
            {t("actions.delete", { ns: "common" })}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <Page title={t("title")} lead={t("lead")} actions={add}>
      <DataTable
        columns={columns}
        rows={data}
        rowKey={({ id }) => id}
        label={t("title")}
        error={error}
        onAgain={() => void refetch()}
        empty={
          <EmptyState icon={<TagsOutlined />} title={t("empty.title")} action={add}>
            {t("empty.text")}
          </EmptyState>
        }
      />
      {edited !== null && <AttributeDialog key={edited === "new" ? "new" : edited.id} attribute={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {doomed !== null && <DeleteAttribute key={doomed.id} attribute={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}
