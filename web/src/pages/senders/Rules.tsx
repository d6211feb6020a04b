/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* From whom messages are when nobody says, and whether they may be from a name that no operator knows. */
import Button from "antd/es/button";
import message from "antd/es/message";
import Select from "antd/es/select";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Sender, SenderRules } from "@/api/types";
import { namesOf } from "@/features/sender-words/choice";
import { useSenderRules } from "@/features/sender-words/queries";
import { useRight } from "@/shared/hooks/useMe";
import { Choice, Choices } from "@/shared/ui/Choice";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Facts } from "@/shared/ui/Facts";
import { Field } from "@/shared/ui/Field";
import { PanelSection } from "@/shared/ui/Page";
import { Missing } from "@/shared/ui/values";
import { classes, senderOf, withSender } from "./defaults";
import styles from "./Senders.module.css";

const policies = ["open", "strict"] as const;

function useSave(onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: SenderRules) => api.put("/v1/sender-rules", { body }),
    onSuccess: (rules) => {
      queryClient.setQueryData(keys.senderRules, rules);
      void queryClient.invalidateQueries({ queryKey: keys.senders });
      onDone();
    },
  });
}

function RulesForm({ rules, senders }: { rules: SenderRules; senders: readonly Sender[] }) {
  const { t } = useTranslation("senders");
  const [draft, setDraft] = useState(rules);
  const [toast, toasts] = message.useMessage();
  const save = useSave(() => void toast.success(t("rules.saved")));
  const options = namesOf(senders).map((name) => ({ value: name, label: name }));
  return (
    <form
      className={styles.form}
      noValidate
      aria-label={t("rules.title")}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      {toasts}
      <div className={styles.defaults}>
        {classes.map((kind) => (
          <Field key={kind} label={t(`class.${kind}`, { ns: "sender-words" })} note={t(`rules.note.${kind}`)}>
            {(props) => (
              <Select
                {...props}
                className={styles.wide ?? ""}
                allowClear
                placeholder={t("rules.none")}
                value={senderOf(draft, kind) ?? null}
                options={options}
                onChange={(name: string | null | undefined) => setDraft(withSender(draft, kind, name ?? undefined))}
              />
            )}
          </Field>
        ))}
      </div>
      <p className={styles.question}>{t("rules.policy")}</p>
      <Choices title={t("rules.policy")}>
        {policies.map((policy) => (
          <Choice key={policy} group="policy" label={t(`rules.${policy}`)} isChosen={draft.unregistered === policy} onChoose={() => setDraft({ ...draft, unregistered: policy })}>
            <p className={styles.follows}>{t(`rules.${policy}_note`)}</p>
          </Choice>
        ))}
      </Choices>
      {save.error !== null && <ErrorView error={save.error} inline />}
      <div>
        <Button htmlType="submit" loading={save.isPending}>
          {t("actions.save", { ns: "common" })}
        </Button>
      </div>
    </form>
  );
}

function Shown({ rules }: { rules: SenderRules }) {
  const { t } = useTranslation("senders");
  return (
    <Facts
      facts={[
        ...classes.map((kind) => ({ label: t(`class.${kind}`, { ns: "sender-words" }), value: senderOf(rules, kind) ?? <Missing /> })),
        { label: t("rules.policy"), value: t(`rules.${rules.unregistered}`) },
      ]}
    />
  );
}

export function Rules({ senders }: { senders: readonly Sender[] }) {
  const { t } = useTranslation("senders");
  const mayEdit = useRight("senders.edit");
  const { data, error, refetch } = useSenderRules();
  return (
    <PanelSection title={t("rules.title")}>
      {error !== null && <ErrorView error={error} onAgain={() => void refetch()} inline />}
      {data === undefined ? <div className={styles.room} /> : mayEdit ? <RulesForm rules={data} senders={senders} /> : <Shown rules={data} />}
    </PanelSection>
  );
}
