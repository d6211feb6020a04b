/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A text for operators to know: taken from a template or typed, for one operator, several or all. */
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import Select from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { SenderDetail, TextRegistration } from "@/api/types";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { draftOf, emptyRegistration, fieldsOf, throughOf, wrongsOf } from "./draft";
import { patternOf } from "./pattern";
import { Pattern } from "./Pattern";
import { useChangeText, useRegisterText, useTemplateChoice, type Template } from "./queries";
import { RegistrationFields, ThroughField } from "./RegistrationFields";
import { useWhere } from "./useWhere";
import styles from "./Sender.module.css";

type Category = TextRegistration["category"];
const categories = ["service", "transactional", "authorisation", "debt", "emergency"] as const satisfies readonly Category[];
const patternMax = 2000;
const restMs = 300;

interface TextDraft {
  template: Template | null;
  pattern: string;
  category: Category;
  operators: string[];
  through: string;
}

function TemplateField({ value, onChange }: { value: Template | null; onChange: (template: Template | null) => void }) {
  const { t } = useTranslation("sender");
  const [query, setQuery] = useState("");
  const found = useTemplateChoice(useDebounced(query, restMs), true).data ?? [];
  const all = value === null || found.some(({ id }) => id === value.id) ? found : [value, ...found];
  return (
    <Field label={t("text.template")} note={t("text.template_note")}>
      {(props) => (
        <Select
          {...props}
          className={styles.wide ?? ""}
          allowClear
          showSearch={{ filterOption: false, onSearch: setQuery }}
          placeholder={t("text.no_template")}
          value={value?.id ?? null}
          options={all.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(id: string | null | undefined) => onChange(all.find((one) => one.id === id) ?? null)}
        />
      )}
    </Field>
  );
}

export function NewText({ sender, through, onClose }: { sender: SenderDetail; through: string; onClose: () => void }) {
  const { t } = useTranslation("sender");
  const [draft, setDraft] = useState<TextDraft>({ template: null, pattern: "", category: "service", operators: [], through });
  const [said, setSaid] = useState(emptyRegistration);
  const [isSeveral, setSeveral] = useState(false);
  const register = useRegisterText(onClose);
  const problem = register.error === null ? null : asProblem(register.error);
  const put = (change: Partial<TextDraft>) => setDraft((before) => ({ ...before, ...change }));
  const take = (template: Template | null) => {
    const pattern = template === null ? null : patternOf(template.text);
    setSeveral(template !== null && pattern === null);
    const category = categories.find((one) => one === template?.category);
    put({ template, ...(pattern === null ? {} : { pattern }), ...(category === undefined ? {} : { category }) });
  };
  const send = () => {
    const operators = draft.operators.length === 0 ? [null] : draft.operators;
    const one = { ...fieldsOf(said), ...throughOf(draft.through), sender_id: sender.id, category: draft.category, pattern: draft.pattern, template_id: draft.template?.id ?? null };
    register.mutate(operators.map((operator) => ({ ...one, operator })));
  };
  return (
    <Modal
      open
      title={t("text.new", { sender: sender.name })}
      okText={t("register.make")}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: draft.pattern === "" || Object.keys(wrongsOf(said)).length > 0 }}
      confirmLoading={register.isPending}
      onOk={send}
      onCancel={onClose}
      width={640}
    >
      <div className={styles.stack}>
        <TemplateField value={draft.template} onChange={take} />
        <Field label={t("text.pattern")} note={isSeveral ? t("text.several") : t("text.pattern_note")} wrong={problem?.expected("pattern")}>
          {(props) => <Input.TextArea {...props} value={draft.pattern} maxLength={patternMax} autoSize={{ minRows: 3, maxRows: 8 }} onChange={({ target }) => put({ pattern: target.value })} />}
        </Field>
        <div className={styles.pair}>
          <Field label={t("text.category")} note={t("text.category_note")} wrong={problem?.expected("category")}>
            {(props) => <Select<Category> {...props} className={styles.wide ?? ""} value={draft.category} options={categories.map((category) => ({ value: category, label: t(`message_category.${category}`, { ns: "common" }) }))} onChange={(category) => put({ category })} />}
          </Field>
          <Field label={t("text.operators")} wrong={problem?.expected("operator")}>
            {(props) => <Select<string[]> {...props} mode="multiple" className={styles.wide ?? ""} placeholder={t("every_operator")} value={draft.operators} options={sender.operators.map(({ code, name }) => ({ value: code, label: name }))} onChange={(operators) => put({ operators })} />}
          </Field>
        </div>
        <ThroughField sender={sender} value={draft.through} onChange={(value) => put({ through: value })} wrong={problem?.expected("account") ?? problem?.expected("provider")} />
        <RegistrationFields draft={said} onChange={(change) => setSaid((before) => ({ ...before, ...change }))} problem={problem} />
        {problem !== null && <ErrorView error={problem} inline />}
      </div>
    </Modal>
  );
}

export function ChangeText({ sender, text, onClose }: { sender: SenderDetail; text: TextRegistration; onClose: () => void }) {
  const { t } = useTranslation("sender");
  const where = useWhere(sender);
  const [said, setSaid] = useState(() => draftOf(text));
  const change = useChangeText(text.id, onClose);
  const problem = change.error === null ? null : asProblem(change.error);
  return (
    <Modal
      open
      title={t("text.change")}
      okText={t("actions.save", { ns: "common" })}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: Object.keys(wrongsOf(said)).length > 0 }}
      confirmLoading={change.isPending}
      onOk={() => change.mutate(fieldsOf(said))}
      onCancel={onClose}
      width={560}
    >
      <div className={styles.stack}>
        <p className={styles.where}>{where(text)}</p>
        <Pattern pattern={text.pattern} />
        <RegistrationFields draft={said} onChange={(part) => setSaid((before) => ({ ...before, ...part }))} problem={problem} />
        {problem !== null && <ErrorView error={problem} inline />}
      </div>
    </Modal>
  );
}
