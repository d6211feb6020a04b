/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The texts that operators know of this name. */
import FileTextOutlined from "@ant-design/icons/es/icons/FileTextOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SenderDetail, TextRegistration } from "@/api/types";
import { RegistrationTag } from "@/features/sender-words/RegistrationTag";
import { standingOf } from "@/features/sender-words/standing";
import { useRight } from "@/shared/hooks/useMe";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Section } from "@/shared/ui/Page";
import { Pattern } from "./Pattern";
import { useTexts } from "./queries";
import { ChangeText, NewText } from "./TextDialog";
import { operatorName, useThrough } from "./useWhere";
import styles from "./Sender.module.css";

function useColumns(sender: SenderDetail, onChange: ((text: TextRegistration) => void) | undefined): readonly Column<TextRegistration>[] {
  const { t } = useTranslation("sender");
  const through = useThrough(sender);
  return [
    {
      key: "pattern",
      title: t("columns.text"),
      card: "title",
      render: (text) => (
        <>
          <Pattern pattern={text.pattern} />
          {text.template !== null && <p className={styles.quiet}>{t("text.of_template", { template: text.template })}</p>}
        </>
      ),
    },
    { key: "category", title: t("columns.category"), width: "14%", render: ({ category }) => t(`message_category.${category}`, { ns: "common" }) },
    {
      key: "where",
      title: t("columns.where"),
      width: "20%",
      render: (text) => (
        <>
          {operatorName(sender, text.operator) ?? t("every_operator")}
          <p className={styles.quiet}>{through(text)}</p>
        </>
      ),
    },
    { key: "state", title: t("columns.state"), width: 176, card: "aside", render: (text) => <RegistrationTag standing={standingOf(text)} /> },
    ...(onChange === undefined
      ? []
      : [
          {
            key: "change",
            title: t("columns.deed"),
            width: 112,
            render: (text: TextRegistration) => (
              <Button size="small" onClick={() => onChange(text)}>
                {t("text.deed")}
              </Button>
            ),
          },
        ]),
  ];
}

export function Texts({ sender }: { sender: SenderDetail }) {
  const { t } = useTranslation("sender");
  const mayEdit = useRight("senders.edit");
  const [changed, setChanged] = useState<TextRegistration | null>(null);
  const [adds, setAdds] = useState(false);
  const columns = useColumns(sender, mayEdit ? setChanged : undefined);
  const { rows, error, again, more, loadingMore } = useTexts(sender.id);
  const first = sender.accounts[0];
  const add = mayEdit && first !== undefined && (
    <Button icon={<PlusOutlined aria-hidden />} onClick={() => setAdds(true)}>
      {t("text.add")}
    </Button>
  );
  return (
    <Section title={t("text.title")} extra={rows !== undefined && rows.length > 0 ? add : undefined}>
      <p className={styles.lead}>{t("text.lead")}</p>
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        label={t("text.title")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        expected={2}
        empty={
          <EmptyState icon={<FileTextOutlined />} title={t("text.empty_title")} action={add}>
            {t("text.empty")}
          </EmptyState>
        }
      />
      {adds && first !== undefined && <NewText sender={sender} through={`p:${first.provider}`} onClose={() => setAdds(false)} />}
      {changed !== null && <ChangeText sender={sender} text={changed} onClose={() => setChanged(null)} />}
    </Section>
  );
}
