/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One text for some clients and another for the rest, put together without a word of the language of templates. */
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import Select from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/shared/ui/Field";
import { asksForValue, conditionText, isComplete, relationsFor, type Wish } from "./condition";
import { FieldSelect } from "./FieldSelect";
import type { Placeholder } from "./queries";
import styles from "./TextEditor.module.css";

const operandMax = 100;
const textMax = 500;
const nothing: Wish = { field: null, relation: "has", operand: "", then: "", otherwise: "" };

interface DialogProps {
  placeholders: readonly Placeholder[];
  onInsert: (text: string) => void;
  onClose: () => void;
}

/* Dates are chosen, numbers typed on their own keys. */
function Operand({ wish, onChange }: { wish: Wish & { field: Placeholder }; onChange: (operand: string) => void }) {
  const { t } = useTranslation("message-text");
  const { type } = wish.field;
  return (
    <Field label={t("condition.value")}>
      {(props) => <Input {...props} type={type === "date" ? "date" : "text"} inputMode={type === "number" ? "decimal" : "text"} value={wish.operand} maxLength={operandMax} autoComplete="off" onChange={({ target }) => onChange(target.value)} />}
    </Field>
  );
}

export function ConditionDialog({ placeholders, onInsert, onClose }: DialogProps) {
  const { t } = useTranslation("message-text");
  const [wish, setWish] = useState<Wish>(nothing);
  const change = (more: Partial<Wish>) => setWish({ ...wish, ...more });
  const { field } = wish;
  const relations = field === null ? [] : relationsFor(field.type, field.kind === "attribute");
  return (
    <Modal
      open
      title={t("condition.title")}
      okText={t("insert.button")}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: !isComplete(wish) }}
      onOk={() => onInsert(conditionText(wish))}
      onCancel={onClose}
      width={520}
    >
      <div className={styles.dialog}>
        <p className={styles.note}>{t("condition.lead")}</p>
        <Field label={t("condition.field")}>{({ id }) => <FieldSelect id={id} placeholders={placeholders} value={field?.name ?? null} label={t("condition.field")} onChoose={(chosen) => change({ field: chosen, relation: "has", operand: "" })} />}</Field>
        {field !== null && (
          <div className={styles.pair}>
            <Field label={t("condition.relation")}>
              {({ id }) => <Select id={id} value={wish.relation} options={relations.map((value) => ({ value, label: t(`condition.is.${value}`) }))} popupMatchSelectWidth={false} onChange={(relation) => change({ relation })} />}
            </Field>
            {asksForValue(wish.relation) && <Operand wish={{ ...wish, field }} onChange={(operand) => change({ operand })} />}
          </div>
        )}
        <Field label={t("condition.then")}>
          {({ id }) => <Input.TextArea id={id} value={wish.then} maxLength={textMax} autoSize={{ minRows: 2, maxRows: 5 }} placeholder={t("condition.then_example")} onChange={({ target }) => change({ then: target.value })} />}
        </Field>
        <Field label={t("condition.otherwise")} note={t("condition.otherwise_note")}>
          {({ id }) => <Input.TextArea id={id} value={wish.otherwise} maxLength={textMax} autoSize={{ minRows: 2, maxRows: 5 }} onChange={({ target }) => change({ otherwise: target.value })} />}
        </Field>
      </div>
    </Modal>
  );
}
