/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What? The text, who it is from and what kind of message it is, with the telephone beside it. */
import Select from "antd/es/select";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { PhonePicture, usePicked } from "@/features/message-text/PhonePicture";
import { TextEditor } from "@/features/message-text/TextEditor";
import { SpellingField } from "@/features/message-text/SpellingField";
import { useTextPreview } from "@/features/message-text/queries";
import { useWidth } from "@/shared/hooks/useWidth";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel } from "@/shared/ui/Page";
import { Field } from "@/shared/ui/Field";
import { FromTemplate } from "./FromTemplate";
import { Question } from "./Question";
import { SenderField } from "./SenderField";
import { TestSend } from "./TestSend";
import { categories, ownText, takeTemplate, withCategory, type Category, type Draft, type Wrongs } from "./draft";
import { useClientCount, useLists } from "./queries";
import type { UsedDraft } from "./useDraft";
import styles from "./WhatStep.module.css";

function KindField({ draft, onChange }: { draft: Draft; onChange: (change: Partial<Draft>) => void }) {
  const { t } = useTranslation("campaign-edit");
  return (
    <Field label={t("what.kind")} note={draft.category === null ? undefined : t(`kind.${draft.category}_note`)}>
      {(props) => (
        <Select<Category>
          {...props}
          className={styles.control ?? ""}
          value={draft.category}
          popupMatchSelectWidth={false}
          options={categories.map((category) => ({ value: category, label: t(`kind.${category}`) }))}
          optionRender={({ value }) => (
            <span className={styles.kind}>
              <span>{t(`kind.${value as Category}`)}</span>
              <span className={styles.kindText}>{t(`kind.${value as Category}_text`)}</span>
            </span>
          )}
          onChange={(category) => onChange(withCategory(draft, category))}
        />
      )}
    </Field>
  );
}

/* How many the text goes to, before anybody is left out; undefined while nobody can tell. */
function useRecipients(listId: string | null): number | undefined {
  const all = useClientCount().data?.clients;
  const lists = useLists().data;
  return listId === null ? all : lists?.find(({ id }) => id === listId)?.size;
}

export function WhatStep({ used, wrongs }: { used: UsedDraft; wrongs: Wrongs }) {
  const { t } = useTranslation("campaign-edit");
  const { saver, snapshot } = used;
  const { draft } = snapshot;
  const { preview, isFresh, error, again } = useTextPreview(draft.text, draft.spelling, draft.list_id);
  const clients = useRecipients(draft.list_id);
  const picked = usePicked(preview?.samples ?? []);
  const input = useRef<HTMLTextAreaElement>(null);
  const isPhone = useWidth() === "phone";
  const wasEmpty = useRef(draft.text === "");
  // On a phone the keyboard would cover the question before it is read.
  useEffect(() => {
    if (wasEmpty.current && !isPhone) input.current?.focus({ preventScroll: true });
  }, [isPhone]);

  const missing = wrongs.text === "text_missing" ? t("wrong.text_missing") : undefined;
  const empty = () => {
    if (used.wrongs.text === "text_wrong") return t("what.broken_picture");
    return isFresh && preview?.problems.length === 0 ? t("what.nobody") : t("what.empty_picture");
  };
  return (
    <Question title={t("what.title")}>
      <div className={styles.columns}>
        <div className={styles.main}>
          <Panel className={styles.editor ?? ""}>
            <FromTemplate draft={draft} onTake={(template) => saver.edit(takeTemplate(template))} />
            <TextEditor
              value={draft.text}
              spelling={draft.spelling}
              onChange={(text) => saver.edit(ownText(saver.getSnapshot().draft, text))}
              listId={draft.list_id}
              preview={preview}
              problem={isFresh ? preview?.problems[0] : undefined}
              error={missing}
              inputRef={input}
            />
          </Panel>
          <Panel className={styles.pair ?? ""}>
            <SenderField used={used} wrong={wrongs.sender && t(`wrong.${wrongs.sender}`)} />
            <KindField draft={draft} onChange={(change) => saver.edit(change)} />
          </Panel>
          <Panel>
            <SpellingField value={draft.spelling} onChange={(spelling) => saver.edit({ spelling })} preview={preview} clients={clients} />
          </Panel>
        </div>
        <aside className={styles.aside} aria-label={t("what.aside")}>
          {error !== null && <ErrorView error={error} onAgain={again} inline />}
          <PhonePicture picked={picked} sender={draft.sender} isStale={!isFresh && preview !== undefined} empty={empty()} />
          <TestSend used={used} clientId={picked.sample?.text == null ? null : picked.sample.client_id} />
        </aside>
      </div>
    </Question>
  );
}
