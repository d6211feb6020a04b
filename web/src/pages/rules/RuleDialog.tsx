/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One rule: which messages, and what holds for them. */
import Checkbox from "antd/es/checkbox";
import Input from "antd/es/input";
import InputNumber from "antd/es/input-number";
import Modal from "antd/es/modal";
import Select from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { MessageCategory, MessageClass, RouteRule } from "@/api/types";
import { categories } from "@/features/delivery-words/conditions";
import { useAccounts, useOperators } from "@/features/delivery-words/queries";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { emptyRule, mayRepeat, ruleBody, ruleDraft, ruleWrongs, type RuleDraft, type RuleWrong } from "./draft";
import { useSaveRule } from "./queries";
import styles from "./Rules.module.css";

const classes = ["advertising", "service", "alert"] as const satisfies readonly MessageClass[];
const nameMax = 100;
const prefixMax = 15;
const senderMax = 15;
const receiptMin = 5;
const receiptMax = 86_400;

interface PartProps {
  draft: RuleDraft;
  put: (change: Partial<RuleDraft>) => void;
  wrong: (field: RuleWrong, told: string) => string | undefined;
}

function Which({ draft, put, wrong }: PartProps) {
  const { t } = useTranslation("rules");
  const { data: operators = [] } = useOperators();
  const any = { value: "", label: t("any") };
  return (
    <fieldset className={styles.part}>
      <legend className={styles.legend}>{t("form.which")}</legend>
      <div className={styles.pair}>
        <Field label={t("form.category")}>
          {(props) => <Select<MessageCategory | ""> {...props} value={draft.category ?? ""} options={[any, ...categories.map((value) => ({ value, label: t(`message_category.${value}`, { ns: "common" }) }))] as { value: MessageCategory | ""; label: string }[]} onChange={(value) => put({ category: value === "" ? null : value })} />}
        </Field>
        <Field label={t("form.class")}>
          {(props) => <Select<MessageClass | ""> {...props} value={draft.class ?? ""} options={[any, ...classes.map((value) => ({ value, label: t(`class.${value}`) }))] as { value: MessageClass | ""; label: string }[]} onChange={(value) => put({ class: value === "" ? null : value })} />}
        </Field>
        <Field label={t("form.operator")}>
          {(props) => <Select<string> {...props} value={draft.operator ?? ""} options={[any, ...operators.map(({ code, name }) => ({ value: code, label: name }))]} onChange={(value) => put({ operator: value === "" ? null : value })} />}
        </Field>
        <Field label={t("form.prefix")} wrong={wrong("prefix", "prefix")}>
          {(props) => <Input {...props} value={draft.prefix} maxLength={prefixMax} inputMode="numeric" autoComplete="off" placeholder="7916" onChange={({ target }) => put({ prefix: target.value.trim() })} />}
        </Field>
        <Field label={t("form.sender")}>{(props) => <Input {...props} value={draft.sender} maxLength={senderMax} autoComplete="off" spellCheck={false} onChange={({ target }) => put({ sender: target.value })} />}</Field>
      </div>
    </fieldset>
  );
}

function Weights({ draft, put, wrong }: PartProps) {
  const { t } = useTranslation("rules");
  if (draft.accounts.length < 2) return null;
  return (
    <div className={styles.pair}>
      {draft.accounts.map((account) => (
        <Field key={account} label={t("form.weight", { account })} wrong={wrong("weights", "weight")}>
          {(props) => <Input {...props} value={draft.weights[account] ?? ""} maxLength={6} inputMode="numeric" autoComplete="off" placeholder={t("form.by_rate")} onChange={({ target }) => put({ weights: { ...draft.weights, [account]: target.value } })} />}
        </Field>
      ))}
    </div>
  );
}

function What(props: PartProps) {
  const { draft, put, wrong } = props;
  const { t } = useTranslation("rules");
  const { data: accounts = [] } = useAccounts();
  return (
    <fieldset className={styles.part}>
      <legend className={styles.legend}>{t("form.what")}</legend>
      <Field label={t("form.accounts")} note={t("form.accounts_note")} wrong={wrong("accounts", "accounts")}>
        {(field) => <Select<string[]> {...field} className={styles.wide ?? ""} mode="multiple" value={[...draft.accounts]} options={accounts.map(({ name }) => ({ value: name, label: name }))} onChange={(chosen) => put({ accounts: chosen })} />}
      </Field>
      <Checkbox checked={draft.onlyThese} onChange={({ target }) => put({ onlyThese: target.checked })}>
        {t("form.only")}
      </Checkbox>
      <Weights {...props} />
      <div className={styles.pair}>
        <Field label={t("form.price")} wrong={wrong("price", "price_max")}>
          {(field) => <Input {...field} value={draft.priceMax} maxLength={13} inputMode="decimal" autoComplete="off" placeholder={t("form.no_limit")} onChange={({ target }) => put({ priceMax: target.value })} />}
        </Field>
        <Field label={t("form.delivery")}>
          {(field) => <InputNumber<number> {...field} className={styles.wide ?? ""} value={draft.deliveryMin} min={1} max={99} precision={0} placeholder={t("form.no_limit")} onChange={(deliveryMin) => put({ deliveryMin })} />}
        </Field>
        <Field label={t("form.spread")} note={t("form.spread_note")}>
          {(field) => <InputNumber<number> {...field} className={styles.wide ?? ""} value={draft.spread} min={0} max={100} precision={0} onChange={(spread) => put({ spread: spread ?? 0 })} />}
        </Field>
        <Field label={t("form.receipt")} note={mayRepeat(draft) ? t("form.receipt_note") : t("form.receipt_class")}>
          {(field) => <InputNumber<number> {...field} className={styles.wide ?? ""} value={draft.receiptWithin} min={receiptMin} max={receiptMax} precision={0} disabled={!mayRepeat(draft)} placeholder={t("form.never")} onChange={(receiptWithin) => put({ receiptWithin })} />}
        </Field>
      </div>
    </fieldset>
  );
}

/* `rule` null: a new one. */
export function RuleDialog({ rule, onClose }: { rule: RouteRule | null; onClose: () => void }) {
  const { t } = useTranslation("rules");
  const [draft, setDraft] = useState<RuleDraft>(() => (rule === null ? emptyRule : ruleDraft(rule)));
  const [isTried, setTried] = useState(false);
  const save = useSaveRule(rule?.id ?? null, onClose);
  const problem = save.error === null ? null : asProblem(save.error);
  const wrongs = ruleWrongs(draft);
  const put = (change: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...change }));
  const wrong = (field: RuleWrong, told: string) => problem?.expected(told) ?? (isTried && wrongs.includes(field) ? t(`wrong.${field}`) : undefined);
  const submit = () => {
    setTried(true);
    if (wrongs.length === 0) save.mutate(ruleBody(draft));
  };
  return (
    <Modal open title={rule === null ? t("form.new") : t("form.change")} okText={t("actions.save", { ns: "common" })} cancelText={t("actions.cancel", { ns: "common" })} confirmLoading={save.isPending} onOk={submit} onCancel={onClose} width={720}>
      <div className={styles.form}>
        <Field label={t("form.name")} note={t("form.name_note")} wrong={wrong("name", "name")}>
          {(props) => <Input {...props} value={draft.name} maxLength={nameMax} autoComplete="off" onChange={({ target }) => put({ name: target.value })} />}
        </Field>
        <Checkbox checked={draft.enabled} onChange={({ target }) => put({ enabled: target.checked })}>
          {t("form.enabled")}
        </Checkbox>
        <Which draft={draft} put={put} wrong={wrong} />
        <What draft={draft} put={put} wrong={wrong} />
        {problem !== null && <ErrorView error={problem} inline />}
      </div>
    </Modal>
  );
}
