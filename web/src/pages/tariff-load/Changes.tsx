/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What would be another: prices that change, that are new, that are gone. */
import ArrowDownOutlined from "@ant-design/icons/es/icons/ArrowDownOutlined";
import ArrowUpOutlined from "@ant-design/icons/es/icons/ArrowUpOutlined";
import MinusCircleOutlined from "@ant-design/icons/es/icons/MinusCircleOutlined";
import PlusCircleOutlined from "@ant-design/icons/es/icons/PlusCircleOutlined";
import Alert from "antd/es/alert";
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import { ConditionWords } from "@/features/delivery-words/ConditionWords";
import { formatChange } from "@/features/delivery-words/price";
import { Price } from "@/features/delivery-words/Sums";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { Figures } from "@/shared/ui/Figures";
import { Panel, Section } from "@/shared/ui/Page";
import { Missing, Num } from "@/shared/ui/values";
import { hidden, isSame, type Change, type Preview } from "./draft";
import styles from "./TariffLoad.module.css";

function What({ change: { change, change_bp: hundredths } }: { change: Change }) {
  const { t } = useTranslation("tariff-load");
  const language = useLanguage();
  if (change === "new") return <Tag icon={<PlusCircleOutlined aria-hidden />}>{t("kind.new")}</Tag>;
  if (change === "gone")
    return (
      <Tag color="warning" icon={<MinusCircleOutlined aria-hidden />}>
        {t("kind.gone")}
      </Tag>
    );
  if (hundredths === null) return <Tag>{t("kind.changed")}</Tag>;
  const isDearer = hundredths > 0;
  return (
    <Tag color={isDearer ? "error" : "success"} icon={isDearer ? <ArrowUpOutlined aria-hidden /> : <ArrowDownOutlined aria-hidden />}>
      {formatChange(hundredths, language)}
    </Tag>
  );
}

export function Changes({ preview, currency }: { preview: Preview; currency: string }) {
  const { t } = useTranslation("tariff-load");
  const columns: readonly Column<Change>[] = [
    { key: "whom", title: t("columns.whom"), card: "title", render: (row) => <ConditionWords row={row} /> },
    { key: "old", title: t("columns.old"), width: "18%", align: "right", render: ({ old_price: price }) => (price === null ? <Missing /> : <Price value={price} currency={currency} />) },
    { key: "new", title: t("columns.new"), width: "18%", align: "right", render: ({ new_price: price }) => (price === null ? <Missing /> : <Price value={price} currency={currency} />) },
    { key: "what", title: t("columns.change"), width: 168, card: "aside", render: (change) => <What change={change} /> },
  ];
  const more = hidden(preview);
  return (
    <Section title={t("changes")}>
      <Panel>
        <Figures
          figures={[
            { label: t("total.changed"), value: <Num value={preview.changed} /> },
            { label: t("total.new"), value: <Num value={preview.new} /> },
            { label: t("total.gone"), value: <Num value={preview.gone} /> },
            { label: t("total.same"), value: <Num value={preview.same} />, note: t("total.rows", { count: preview.rows }) },
          ]}
        />
      </Panel>
      {preview.against === "0" && <Alert type="info" showIcon title={t("first")} />}
      {isSame(preview) ? (
        <Alert type="info" showIcon title={t("same")} />
      ) : (
        <>
          <p className={styles.note}>{t("with_vat")}</p>
          <DataTable
            columns={columns}
            rows={preview.changes}
            rowKey={({ change, operator, prefix, category, registered, sender }) => [change, operator, prefix, category, registered, sender].join(" ")}
            label={t("changes")}
            empty={null}
          />
          {more > 0 && <p className={styles.note}>{t("hidden", { count: more })}</p>}
        </>
      )}
    </Section>
  );
}
