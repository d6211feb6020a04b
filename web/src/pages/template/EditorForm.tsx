/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The name, the text with the telephone beside it, what a campaign begins with, and the button that saves. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { Measures } from "@/features/message-text/Measures";
import { PhonePicture, usePicked } from "@/features/message-text/PhonePicture";
import { useClientCount, useTextPreview, useThoroughPreview } from "@/features/message-text/queries";
import { SpellingField } from "@/features/message-text/SpellingField";
import { TextEditor } from "@/features/message-text/TextEditor";
import { SenderInput } from "@/features/sender-words/SenderInput";
import { useSenderList, useSenderRules } from "@/features/sender-words/queries";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { Panel, PanelSection } from "@/shared/ui/Page";
import type { useSaveTemplate } from "./queries";
import type { Form, Values } from "./useForm";
import styles from "./Template.module.css";

const nameMax = 200;
const categories = ["advertising", "service", "transactional", "debt", "emergency", "authorisation"] as const satisfies readonly Values["category"][];

interface EditorFormProps {
  form: Form;
  save: ReturnType<typeof useSaveTemplate>;
  saveLabel: string;
}

function NameField({ form, wrong }: { form: Form; wrong: string | undefined }) {
  const { t } = useTranslation("template");
  return (
    <Field label={t("name.label")} note={t("name.note")} wrong={wrong}>
      {(props) => <Input {...props} size="large" value={form.values.name} maxLength={nameMax} autoComplete="off" placeholder={t("name.example")} onChange={({ target }) => form.change({ name: target.value })} />}
    </Field>
  );
}

/* What a campaign made from it begins with. */
function Beginnings({ form, wrong }: { form: Form; wrong: string | undefined }) {
  const { t } = useTranslation("template");
  const senders = useSenderList().data;
  const rules = useSenderRules().data;
  const senderWrong = form.obstacle === "sender_wrong" ? t("save.sender_wrong") : wrong;
  return (
    <Panel className={styles.pair ?? ""}>
      <Field label={t("sender.label")} note={t("sender.note")} wrong={senderWrong}>
        {(props) => <SenderInput field={props} value={form.values.sender} senders={senders ?? []} rules={rules} allowClear onChange={(sender) => form.change({ sender })} />}
      </Field>
      <Field label={t("category.label")} note={form.values.category === "authorisation" ? t("category.authorisation_note") : t("category.note")}>
        {(props) => (
          <Select<Values["category"]>
            {...props}
            value={form.values.category}
            popupMatchSelectWidth={false}
            options={categories.map((value) => ({ value, label: t(`message_category.${value}`, { ns: "common" }) }))}
            onChange={(category) => form.change({ category })}
          />
        )}
      </Field>
    </Panel>
  );
}

function Save({ form, save, saveLabel }: EditorFormProps) {
  const { t } = useTranslation("template");
  const id = useId();
  return (
    <div className={styles.save}>
      <Button type="primary" size="large" htmlType="submit" disabled={form.obstacle !== null} loading={save.isPending} aria-describedby={id}>
        {saveLabel}
      </Button>
      <p id={id} className={styles.note}>
        {form.obstacle !== null && t(`save.${form.obstacle}`)}
      </p>
    </div>
  );
}

/* Refused fields that have a place of their own; the rest is said above the button. */
function useRefusals(error: unknown): { name?: string | undefined; text?: string | undefined; sender?: string | undefined; isElsewhere: boolean } {
  const { t } = useTranslation("template");
  if (error === null) return { isElsewhere: false };
  const problem = asProblem(error);
  const name = problem.expected("name") === undefined ? undefined : t("name.taken");
  const [text, sender] = [problem.expected("text"), problem.expected("sender")];
  return { name, text, sender, isElsewhere: name === undefined && text === undefined && sender === undefined };
}

export function EditorForm({ form, save, saveLabel }: EditorFormProps) {
  const { t } = useTranslation("template");
  const { text, spelling, sender } = form.values;
  const mayPreview = useRight("campaigns.edit");
  const { preview, isFresh, error, again } = useTextPreview(text, spelling, null, mayPreview);
  const { whole, isFresh: isWhole } = useThoroughPreview(text, spelling, mayPreview);
  const clients = useClientCount(mayPreview).data?.clients;
  const picked = usePicked(preview?.samples ?? []);
  const refused = useRefusals(save.variables?.text === text || save.variables?.name === form.wanted.name ? save.error : null);
  return (
    <form
      className={styles.columns}
      aria-label={t("form")}
      onSubmit={(event) => {
        event.preventDefault();
        if (form.obstacle === null && !save.isPending) save.mutate(form.wanted);
      }}
    >
      <div className={styles.main}>
        <Panel className={styles.editorPanel ?? ""}>
          <NameField form={form} wrong={refused.name} />
          <TextEditor value={text} spelling={spelling} onChange={(next) => form.change({ text: next })} preview={preview} problem={isFresh ? preview?.problems[0] : undefined} error={refused.text} lacking={isWhole ? whole?.lacking : undefined} />
        </Panel>
        <Beginnings form={form} wrong={refused.sender} />
        <Panel>
          <SpellingField value={spelling} onChange={(next) => form.change({ spelling: next })} preview={preview} clients={clients} />
        </Panel>
        {refused.isElsewhere && save.error !== null && <ErrorView error={save.error} inline />}
        <Save form={form} save={save} saveLabel={saveLabel} />
      </div>
      <aside className={styles.aside} aria-label={t("aside")}>
        {error !== null && <ErrorView error={error} onAgain={again} inline />}
        <PhonePicture picked={picked} sender={sender} isStale={!isFresh && preview !== undefined} empty={form.obstacle === "text_wrong" ? t("picture.broken") : t("picture.empty")} />
        <PanelSection title={t("measures.title", { ns: "message-text" })}>
          <Measures preview={preview} whole={whole} />
        </PanelSection>
      </aside>
    </form>
  );
}
