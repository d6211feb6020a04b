/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an operator said of a name or a text: the same to fill in for both. */
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useTranslation } from "react-i18next";
import type { ApiProblem } from "@/api/problem";
import type { SenderDetail, SenderRegistration } from "@/api/types";
import { Field } from "@/shared/ui/Field";
import { wrongsOf, type RegistrationDraft } from "./draft";
import styles from "./Sender.module.css";

const states = ["asked", "active", "refused", "ended"] as const satisfies readonly SenderRegistration["state"][];
const contractMax = 200;
const noteMax = 1000;

interface Props {
  draft: RegistrationDraft;
  onChange: (change: Partial<RegistrationDraft>) => void;
  problem: ApiProblem | null;
}

export function RegistrationFields({ draft, onChange, problem }: Props) {
  const { t } = useTranslation("sender");
  const wrongs = wrongsOf(draft);
  const wrong = (own: keyof RegistrationDraft, told: string) => problem?.expected(told) ?? (wrongs[own] === undefined ? undefined : t(`wrong.${wrongs[own]}`));
  return (
    <>
      <Field label={t("field.state")} note={t(`state_note.${draft.state}`)} wrong={wrong("state", "state")}>
        {(props) => <Select<SenderRegistration["state"]> {...props} className={styles.wide ?? ""} value={draft.state} options={states.map((state) => ({ value: state, label: t(`standing.${state}`, { ns: "sender-words" }) }))} onChange={(state) => onChange({ state })} />}
      </Field>
      <div className={styles.pair}>
        <Field label={t("field.from")} wrong={wrong("from", "valid_from")}>
          {(props) => <Input {...props} type="date" value={draft.from} onChange={({ target }) => onChange({ from: target.value })} />}
        </Field>
        <Field label={t("field.to")} wrong={wrong("to", "valid_to")}>
          {(props) => <Input {...props} type="date" value={draft.to} onChange={({ target }) => onChange({ to: target.value })} />}
        </Field>
        <Field label={t("field.contract")} wrong={wrong("contract", "contract")}>
          {(props) => <Input {...props} value={draft.contract} maxLength={contractMax} autoComplete="off" onChange={({ target }) => onChange({ contract: target.value })} />}
        </Field>
        <Field label={t("field.fee")} wrong={wrong("fee", "monthly_fee")}>
          {(props) => <Input {...props} value={draft.fee} maxLength={16} inputMode="decimal" autoComplete="off" onChange={({ target }) => onChange({ fee: target.value })} />}
        </Field>
      </div>
      <Field label={t("field.note")} wrong={wrong("note", "note")}>
        {(props) => <Input.TextArea {...props} value={draft.note} maxLength={noteMax} autoSize={{ minRows: 1, maxRows: 4 }} onChange={({ target }) => onChange({ note: target.value })} />}
      </Field>
    </>
  );
}

interface WhoseProps {
  sender: SenderDetail;
  value: string;
  onChange: (value: string) => void;
  wrong?: string | undefined;
}

/* Through an account, or through every account of a provider that has several. */
export function ThroughField({ sender, value, onChange, wrong }: WhoseProps) {
  const { t } = useTranslation("sender");
  const providers = [...new Map(sender.accounts.map((account) => [account.provider, account.provider_title === "" ? account.provider : account.provider_title]))];
  const options = [
    ...providers.map(([name, title]) => ({ value: `p:${name}`, label: t("all_accounts", { provider: title }) })),
    ...sender.accounts.map(({ name }) => ({ value: `a:${name}`, label: t("one_account", { account: name }) })),
  ];
  return (
    <Field label={t("field.through")} note={t("field.through_note")} wrong={wrong}>
      {(props) => <Select {...props} className={styles.wide ?? ""} value={value} options={options} popupMatchSelectWidth={false} onChange={onChange} />}
    </Field>
  );
}
