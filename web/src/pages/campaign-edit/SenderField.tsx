/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who the message is from: one of the company's senders, the default of its kind being put in. Where unregistered
 * ones may write, any other name can be typed. */
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { SenderRules } from "@/api/types";
import { SenderInput } from "@/features/sender-words/SenderInput";
import { namesOf, proposedFor } from "@/features/sender-words/choice";
import { useSenderList, useSenderRules } from "@/features/sender-words/queries";
import { useRight } from "@/shared/hooks/useMe";
import { Field } from "@/shared/ui/Field";
import { useLastSenders } from "./queries";
import type { UsedDraft } from "./useDraft";

const openRules: SenderRules = { unregistered: "open", defaults: [] };

function useChoice() {
  const mayRead = useRight("senders.read");
  const list = useSenderList();
  const rules = useSenderRules();
  const last = useLastSenders().data;
  // Who may not read senders types one, as long as that is allowed.
  const isKnown = mayRead ? list.data !== undefined && rules.data !== undefined : true;
  return { senders: list.data ?? [], rules: rules.data ?? openRules, last: last ?? [], isReady: isKnown && last !== undefined };
}

/* Put in what nobody has typed, and another one when the kind of message changes. */
function useProposed({ saver, snapshot }: UsedDraft, { senders, rules, last, isReady }: ReturnType<typeof useChoice>) {
  const own = useRef<string | null>(null);
  const { sender, class: kind, category } = snapshot.draft;
  const proposed = isReady ? proposedFor(rules, senders, last, { class: kind, category }) : undefined;
  useEffect(() => {
    const now = saver.getSnapshot().draft.sender;
    if (proposed === undefined || now === proposed || now !== (own.current ?? "")) return;
    own.current = proposed;
    saver.propose({ sender: proposed });
  }, [proposed, saver]);
  return sender;
}

export function SenderField({ used, wrong }: { used: UsedDraft; wrong: string | undefined }) {
  const { t } = useTranslation("campaign-edit");
  const choice = useChoice();
  const sender = useProposed(used, choice);
  const names = namesOf(choice.senders);
  const isStrange = sender !== "" && names.length > 0 && !names.includes(sender);
  return (
    <Field label={t("what.sender")} note={isStrange ? t("what.sender_strange") : t("what.sender_note")} wrong={wrong}>
      {(props) => <SenderInput field={props} value={sender} senders={choice.senders} rules={choice.rules} others={choice.last} onChange={(name) => used.saver.edit({ sender: name })} />}
    </Field>
  );
}
