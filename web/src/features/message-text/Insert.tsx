/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What can be put into a text: fields of clients, conditions, links, promo codes. */
import BranchesOutlined from "@ant-design/icons/es/icons/BranchesOutlined";
import GiftOutlined from "@ant-design/icons/es/icons/GiftOutlined";
import LinkOutlined from "@ant-design/icons/es/icons/LinkOutlined";
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { useWidth } from "@/shared/hooks/useWidth";
import { ConditionDialog } from "./ConditionDialog";
import { FieldSelect } from "./FieldSelect";
import { firstFilters } from "./formats";
import { LinkDialog } from "./LinkDialog";
import { PromoDialog } from "./PromoDialog";
import type { Placeholder } from "./queries";
import { placeholder } from "./template";
import { useFieldName } from "./useFieldName";
import styles from "./TextEditor.module.css";

/* Of every client; the rest stands in the list of other fields. */
const buttons = ["first_name", "last_name", "middle_name"];

type Dialog = "condition" | "link" | "promo";

export function Insert({ placeholders, onInsert }: { placeholders: readonly Placeholder[]; onInsert: (text: string) => void }) {
  const { t } = useTranslation("message-text");
  const fieldName = useFieldName();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const mayReadPools = useRight("templates.read");
  // As small as a thumb allows.
  const size = useWidth() === "phone" ? "medium" : "small";
  const close = () => setDialog(null);
  const insert = (text: string) => {
    close();
    onInsert(text);
  };
  return (
    <div className={styles.insert} role="group" aria-label={t("insert.label")}>
      <span className={styles.insertLabel}>{t("insert.label")}</span>
      {buttons.map((name) => (
        <Button key={name} size={size} onClick={() => onInsert(placeholder(name, null))}>
          {fieldName(name)}
        </Button>
      ))}
      <FieldSelect
        placeholders={placeholders.filter(({ name }) => !buttons.includes(name))}
        value={null}
        label={t("insert.other")}
        size={size}
        className={styles.others ?? ""}
        onChoose={({ name, type }) => onInsert(placeholder(name, null, firstFilters(name, type)))}
      />
      <Button size={size} icon={<LinkOutlined aria-hidden />} onClick={() => setDialog("link")}>
        {t("insert.link")}
      </Button>
      {mayReadPools && (
        <Button size={size} icon={<GiftOutlined aria-hidden />} onClick={() => setDialog("promo")}>
          {t("insert.promo")}
        </Button>
      )}
      <Button size={size} icon={<BranchesOutlined aria-hidden />} onClick={() => setDialog("condition")}>
        {t("insert.condition")}
      </Button>
      {dialog === "condition" && <ConditionDialog placeholders={placeholders} onInsert={insert} onClose={close} />}
      {dialog === "link" && <LinkDialog placeholders={placeholders} onInsert={insert} onClose={close} />}
      {dialog === "promo" && <PromoDialog onInsert={insert} onClose={close} />}
    </div>
  );
}
