/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the register, and the notice to the regulator, say of a purpose. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import message from "antd/es/message";
import Select from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { Purpose } from "@/api/types";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { draftOf, emptyPurpose, fieldsOf, wrongsOf, type PurposeDraft } from "./draft";
import { useChangePurpose, type useCreatePurpose } from "./queries";
import styles from "./Purpose.module.css";

const bases = ["consent", "contract", "law", "interest"] as const satisfies readonly Purpose["legal_basis"][];
const nameMax = 200;
const codeMax = 40;

type Props = { purpose: Purpose; create?: never } | { purpose: null; create: ReturnType<typeof useCreatePurpose> };

export function PurposeForm({ purpose, create }: Props) {
  const { t } = useTranslation("purpose");
  const [toast, toasts] = message.useMessage();
  const [draft, setDraft] = useState<PurposeDraft>(() => (purpose === null ? emptyPurpose : draftOf(purpose)));
  const [isTried, setTried] = useState(false);
  const change = useChangePurpose(purpose?.code ?? "", () => void toast.success(t("saved")));
  const deed = create ?? change;
  const problem = deed.error === null ? null : asProblem(deed.error);
  const wrongs = wrongsOf(draft, purpose === null);
  const put = (fields: Partial<PurposeDraft>) => setDraft((before) => ({ ...before, ...fields }));
  const wrong = (field: keyof PurposeDraft, told: string) => {
    const own = wrongs[field];
    return problem?.expected(told) ?? (isTried && own !== undefined ? t(`wrong.${own}`) : undefined);
  };
  const submit = () => {
    setTried(true);
    if (Object.keys(wrongs).length > 0) return;
    if (create === undefined) change.mutate(fieldsOf(draft));
    else create.mutate({ ...fieldsOf(draft), code: draft.code });
  };
  return (
    <form
      className={styles.stack}
      noValidate
      aria-label={t("register")}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {toasts}
      <Field label={t("name")} note={t("name_note")} wrong={wrong("name", "name")}>
        {(props) => <Input {...props} value={draft.name} maxLength={nameMax} autoComplete="off" onChange={({ target }) => put({ name: target.value })} />}
      </Field>
      {purpose === null && (
        <Field label={t("code")} note={t("code_note")} wrong={wrong("code", "code")}>
          {(props) => <Input {...props} value={draft.code} maxLength={codeMax} autoComplete="off" spellCheck={false} onChange={({ target }) => put({ code: target.value })} />}
        </Field>
      )}
      <Field label={t("basis.label")}>
        {(props) => <Select<Purpose["legal_basis"]> {...props} className={styles.wide ?? ""} value={draft.basis} options={bases.map((basis) => ({ value: basis, label: t(`basis.${basis}`) }))} onChange={(basis) => put({ basis })} />}
      </Field>
      <Field label={t("categories")} note={t("categories_note")} wrong={wrong("categories", "data_categories")}>
        {(props) => <Input.TextArea {...props} value={draft.categories} autoSize={{ minRows: 2, maxRows: 8 }} onChange={({ target }) => put({ categories: target.value })} />}
      </Field>
      <Field label={t("retention")} note={t("retention_note")} wrong={wrong("retention", "retention")}>
        {(props) => <Input {...props} value={draft.retention} maxLength={nameMax} autoComplete="off" onChange={({ target }) => put({ retention: target.value })} />}
      </Field>
      <Field label={t("recipients")} note={t("recipients_note")} wrong={wrong("recipients", "recipients")}>
        {(props) => <Input.TextArea {...props} value={draft.recipients} autoSize={{ minRows: 2, maxRows: 8 }} onChange={({ target }) => put({ recipients: target.value })} />}
      </Field>
      {problem !== null && <ErrorView error={problem} inline />}
      <div>
        <Button type={purpose === null ? "primary" : "default"} htmlType="submit" loading={deed.isPending}>
          {purpose === null ? t("create") : t("actions.save", { ns: "common" })}
        </Button>
      </div>
    </form>
  );
}
