/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One registration of a name: a new one, or what the operator has said since. */
import Button from "antd/es/button";
import Modal from "antd/es/modal";
import Select from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { SenderDetail, SenderRegistration } from "@/api/types";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { draftOf, emptyRegistration, fieldsOf, throughOf, wrongsOf } from "./draft";
import { useChangeRegistration, useRegister } from "./queries";
import { RegistrationFields, ThroughField } from "./RegistrationFields";
import { useWhere } from "./useWhere";
import styles from "./Sender.module.css";

/* Of which account and operator it is asked; operator null: all. */
export interface Asked {
  through: string;
  operator: string | null;
  /* The one that speaks there now. */
  registration?: SenderRegistration | undefined;
}

const everyOperator = "";

function NewForm({ sender, asked, onClose }: { sender: SenderDetail; asked: Asked; onClose: () => void }) {
  const { t } = useTranslation("sender");
  const [draft, setDraft] = useState(emptyRegistration);
  const [through, setThrough] = useState(asked.through);
  const [operator, setOperator] = useState(asked.operator ?? everyOperator);
  const register = useRegister(sender.id, onClose);
  const problem = register.error === null ? null : asProblem(register.error);
  const isWrong = Object.keys(wrongsOf(draft)).length > 0;
  return (
    <Modal
      open
      title={t("register.title", { sender: sender.name })}
      okText={t("register.make")}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: isWrong }}
      confirmLoading={register.isPending}
      onOk={() => register.mutate({ ...fieldsOf(draft), ...throughOf(through), operator: operator === everyOperator ? null : operator })}
      onCancel={onClose}
      width={560}
    >
      <div className={styles.stack}>
        <Field label={t("field.operator")} wrong={problem?.expected("operator")}>
          {(props) => (
            <Select
              {...props}
              className={styles.wide ?? ""}
              value={operator}
              options={[{ value: everyOperator, label: t("every_operator") }, ...sender.operators.map(({ code, name }) => ({ value: code, label: name }))]}
              onChange={setOperator}
            />
          )}
        </Field>
        <ThroughField sender={sender} value={through} onChange={setThrough} wrong={problem?.expected("account") ?? problem?.expected("provider")} />
        <RegistrationFields draft={draft} onChange={(change) => setDraft((before) => ({ ...before, ...change }))} problem={problem} />
        {problem !== null && <ErrorView error={problem} inline />}
      </div>
    </Modal>
  );
}

interface ChangeProps {
  sender: SenderDetail;
  registration: SenderRegistration;
  /* When it speaks for more than was asked of. */
  onApart: (() => void) | undefined;
  onClose: () => void;
}

function ChangeForm({ sender, registration, onApart, onClose }: ChangeProps) {
  const { t } = useTranslation("sender");
  const where = useWhere(sender);
  const [draft, setDraft] = useState(() => draftOf(registration));
  const change = useChangeRegistration(sender.id, registration.id, onClose);
  const problem = change.error === null ? null : asProblem(change.error);
  const isWrong = Object.keys(wrongsOf(draft)).length > 0;
  return (
    <Modal
      open
      title={t("change.title", { sender: sender.name })}
      okText={t("actions.save", { ns: "common" })}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: isWrong }}
      confirmLoading={change.isPending}
      onOk={() => change.mutate(fieldsOf(draft))}
      onCancel={onClose}
      width={560}
    >
      <div className={styles.stack}>
        <p className={styles.where}>{where(registration)}</p>
        {onApart !== undefined && (
          <div>
            <Button size="small" onClick={onApart}>
              {t("change.apart")}
            </Button>
          </div>
        )}
        <RegistrationFields draft={draft} onChange={(part) => setDraft((before) => ({ ...before, ...part }))} problem={problem} />
        {problem !== null && <ErrorView error={problem} inline />}
      </div>
    </Modal>
  );
}

export function RegistrationDialog({ sender, asked, onClose }: { sender: SenderDetail; asked: Asked; onClose: () => void }) {
  const [isApart, setApart] = useState(false);
  const { registration, operator, through } = asked;
  if (registration === undefined || isApart) return <NewForm sender={sender} asked={asked} onClose={onClose} />;
  const isExact = registration.operator === operator && through === (registration.account === null ? through : `a:${registration.account}`) && registration.account !== null;
  return <ChangeForm sender={sender} registration={registration} onApart={isExact ? undefined : () => setApart(true)} onClose={onClose} />;
}
