/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Makes an attribute or changes one. What clients have is brought to the new form; what does not fit is told first. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import Select from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { Attribute, AttributeType } from "@/api/types";
import { attributeName, nameProblem } from "@/features/import-file/fields";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { choicesWrong, readChoices, takesChoices } from "./choices";
import { useChangeAttribute, useCreateAttribute, type NewAttribute } from "./queries";
import styles from "./Attributes.module.css";

const nameMax = 100;
const types = ["text", "number", "date", "yes_no", "one_of", "many_of"] as const satisfies readonly AttributeType[];

interface Draft {
  name: string;
  type: AttributeType;
  /* One a line. */
  choices: string;
}

function useWrongs(draft: Draft) {
  const { t } = useTranslation("attributes");
  const names = useTranslation("import-file").t;
  const name = nameProblem(attributeName(draft.name), []);
  const choices = takesChoices(draft.type) ? choicesWrong(readChoices(draft.choices)) : null;
  return { name: name === null ? undefined : names(`name_problem.${name}`), choices: choices === null ? undefined : t(`wrong.${choices}`) };
}

export function AttributeDialog({ attribute, onClose }: { attribute: Attribute | null; onClose: () => void }) {
  const { t } = useTranslation("attributes");
  const typeWords = useTranslation("import-file").t;
  const [draft, setDraft] = useState<Draft>(() => ({ name: attribute?.name ?? "", type: attribute?.type ?? "text", choices: attribute?.choices.join("\n") ?? "" }));
  const [isTried, setTried] = useState(false);
  const wrongs = useWrongs(draft);
  const create = useCreateAttribute(onClose);
  const change = useChangeAttribute(attribute?.id ?? "", onClose);
  const deed = attribute === null ? create : change;
  const problem = deed.error === null ? null : asProblem(deed.error);
  // A change of the type may find values that cannot be brought over: 409 tells how many.
  const isUnfit = attribute !== null && problem?.status === 409 && (draft.type !== attribute.type || takesChoices(draft.type));
  const put = (fields: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...fields }));
    create.reset();
    change.reset();
  };
  const go = (clears: boolean) => {
    setTried(true);
    if (wrongs.name !== undefined || wrongs.choices !== undefined) return;
    const fields: NewAttribute = { name: attributeName(draft.name), type: draft.type, ...(takesChoices(draft.type) ? { choices: readChoices(draft.choices) } : {}) };
    if (attribute === null) create.mutate(fields);
    else change.mutate({ ...fields, ...(clears ? { unfit: "clear" } : {}) });
  };
  const nameWrong = problem?.expected("name") ?? (isTried ? wrongs.name : undefined);
  return (
    <Modal
      open
      title={attribute === null ? t("dialog.new") : t("dialog.change", { name: attribute.name.replaceAll("_", " ") })}
      okText={attribute === null ? t("dialog.create") : t("actions.save", { ns: "common" })}
      cancelText={t("actions.cancel", { ns: "common" })}
      confirmLoading={deed.isPending}
      onOk={() => go(false)}
      onCancel={onClose}
      width={480}
    >
      <div className={styles.dialog}>
        <Field label={t("dialog.name")} note={t("dialog.name_note", { name: attributeName(draft.name) === "" ? t("dialog.example") : attributeName(draft.name) })} wrong={nameWrong}>
          {(props) => <Input {...props} value={draft.name} maxLength={nameMax} autoComplete="off" onChange={({ target }) => put({ name: target.value })} />}
        </Field>
        <Field label={t("dialog.type")} note={t(`type_note.${draft.type}`)}>
          {(props) => <Select<AttributeType> {...props} className={styles.wide ?? ""} value={draft.type} options={types.map((type) => ({ value: type, label: typeWords(`type.${type}`) }))} onChange={(type) => put({ type })} />}
        </Field>
        {takesChoices(draft.type) && (
          <Field label={t("dialog.choices")} note={t("dialog.choices_note")} wrong={problem?.expected("choices") ?? (isTried ? wrongs.choices : undefined)}>
            {(props) => <Input.TextArea {...props} value={draft.choices} autoSize={{ minRows: 3, maxRows: 10 }} onChange={({ target }) => put({ choices: target.value })} />}
          </Field>
        )}
        {problem !== null && problem.expected("name") === undefined && problem.expected("choices") === undefined && <ErrorView error={problem} inline />}
        {isUnfit && (
          <Button danger loading={deed.isPending} onClick={() => go(true)}>
            {t("dialog.clear")}
          </Button>
        )}
      </div>
    </Modal>
  );
}
