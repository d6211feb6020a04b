/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which text, when, where, how it was made sure who it is, and the file that shows it. */
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import Select from "antd/es/select";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Answer } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { Purpose } from "@/api/types";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useNow } from "@/shared/hooks/useNow";
import { formatDay } from "@/shared/lib/format";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field, type FieldProps } from "@/shared/ui/Field";
import { PageLink } from "@/shared/ui/PageLink";
import { Skeleton } from "@/shared/ui/Skeleton";
import { ways, type Way } from "./consent-ways";
import { emptyConsent, momentOf, wrongsOfConsent, type ConsentDraft } from "./consent-draft";
import { proofEndings } from "./proof";
import { useRecord, useTexts } from "./useConsents";
import styles from "./Client.module.css";

interface ConsentFormProps {
  id: string;
  phone: string;
  purposes: readonly Purpose[];
  open: boolean;
  onClose: () => void;
  onEntered: (entered: Answer<"/v1/consents", "post">) => void;
}

const lineMax = 500;
const tickMs = 10_000;

function Text({ purpose, value, onChange }: { purpose: string; value: string | null; onChange: (id: string) => void }) {
  const { t } = useTranslation("client");
  const language = useLanguage();
  const { data, error, refetch } = useTexts(purpose);
  if (data === undefined) return error === null ? <Skeleton rows={3} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />;
  const shown = data.find(({ id }) => id === value) ?? data[0];
  if (shown === undefined) {
    return (
      <p className={styles.wrong}>
        {t("give.no_text")} <PageLink to={`/purposes/${purpose}`}>{t("give.to_purpose")}</PageLink>
      </p>
    );
  }
  return (
    <>
      <Field label={t("give.text")}>
        {(props) => (
          <Select
            {...props}
            className={styles.wide ?? ""}
            value={shown.id}
            options={data.map(({ id, version, published_at }) => ({ value: id, label: t("give.version", { version, day: formatDay(dayjs(published_at), language, dayjs()) }) }))}
            onChange={onChange}
          />
        )}
      </Field>
      {/* Long texts scroll in their frame, by the keyboard too. */}
      <blockquote className={styles.consentText} {...reachable}>
        {shown.text}
      </blockquote>
    </>
  );
}

const reachable = { tabIndex: 0 };

function Proof({ draft, problem, onChange }: { draft: ConsentDraft; problem: string | undefined; onChange: (file: File | null) => void }) {
  const { t } = useTranslation("client");
  return (
    <Field label={t("give.proof")} note={draft.proof === null ? t("give.proof_note") : ""} wrong={problem}>
      {({ status, ...props }: FieldProps) => (
        <input {...props} type="file" data-status={status} className={styles.wide} accept={proofEndings.join(",")} onChange={({ target }) => onChange(target.files?.[0] ?? null)} />
      )}
    </Field>
  );
}

function Content({ draft, props: { purposes }, isTried, told, onChange }: { draft: ConsentDraft; props: ConsentFormProps; isTried: boolean; told: (field: string) => string | undefined; onChange: (change: Partial<ConsentDraft>) => void }) {
  const { t } = useTranslation("client");
  const wrongs = wrongsOfConsent(draft, useNow(tickMs));
  const wrong = (field: keyof typeof wrongs) => {
    const problem = wrongs[field];
    return problem !== undefined && (isTried || field === "proof") ? t(`give.wrong.${problem}`) : undefined;
  };
  return (
    <div className={styles.stack}>
      <Field label={t("give.purpose")}>
        {(props) => <Select {...props} className={styles.wide ?? ""} value={draft.purpose} options={purposes.map(({ code, name }) => ({ value: code, label: name }))} onChange={(purpose) => onChange({ purpose, textId: null })} />}
      </Field>
      <Text purpose={draft.purpose} value={draft.textId} onChange={(textId) => onChange({ textId })} />
      <div className={styles.pair}>
        <Field label={t("give.at")} note={t("give.at_note")} wrong={told("at") ?? wrong("at")}>
          {(props) => <Input {...props} type="datetime-local" value={draft.at} onChange={({ target }) => onChange({ at: target.value })} />}
        </Field>
        <Field label={t("give.expires")} note={t("give.expires_note")} wrong={told("expires_at") ?? wrong("expires")}>
          {(props) => <Input {...props} type="date" value={draft.expires} onChange={({ target }) => onChange({ expires: target.value })} />}
        </Field>
      </div>
      <Field label={t("give.source")}>
        {(props) => <Select<Way> {...props} className={styles.wide ?? ""} value={draft.source} options={ways.map((way) => ({ value: way, label: t(`consents.source.${way}`) }))} onChange={(source) => onChange({ source })} />}
      </Field>
      <Field label={t("consents.form")} note={t("give.form_note")} wrong={told("form") ?? wrong("form")}>
        {(props) => <Input {...props} value={draft.form} maxLength={lineMax} autoComplete="off" onChange={({ target }) => onChange({ form: target.value })} />}
      </Field>
      <Field label={t("consents.origin")} note={t("give.origin_note")} wrong={told("origin") ?? wrong("origin")}>
        {(props) => <Input {...props} value={draft.origin} maxLength={lineMax} autoComplete="off" onChange={({ target }) => onChange({ origin: target.value })} />}
      </Field>
      <Field label={t("consents.identity")} note={t("give.identity_note")} wrong={told("identity") ?? wrong("identity")}>
        {(props) => <Input {...props} value={draft.identity} maxLength={lineMax} autoComplete="off" onChange={({ target }) => onChange({ identity: target.value })} />}
      </Field>
      <Proof draft={draft} problem={told("proof_id") ?? wrong("proof")} onChange={(proof) => onChange({ proof })} />
    </div>
  );
}

export function ConsentForm(all: ConsentFormProps) {
  const { id, phone, purposes, open, onClose, onEntered } = all;
  const { t } = useTranslation("client");
  const begin = () => emptyConsent(purposes.find(({ required }) => required)?.code ?? purposes[0]?.code ?? "");
  const [draft, setDraft] = useState(begin);
  const [isTried, setTried] = useState(false);
  const texts = useTexts(open ? draft.purpose : undefined).data;
  const textId = draft.textId ?? texts?.[0]?.id ?? null;
  const record = useRecord(id, onEntered);
  const problem = record.error === null ? null : asProblem(record.error);
  const go = () => {
    setTried(true);
    if (textId === null || Object.keys(wrongsOfConsent(draft, Date.now())).length > 0) return;
    const { purpose, source, form, origin, identity, at, expires, proof } = draft;
    record.mutate({
      consent: {
        phone, purpose, text_id: textId, source, form: form.trim(), origin: origin.trim(), identity: identity.trim(),
        ...(at === "" ? {} : { at: momentOf(at) }),
        ...(expires === "" ? {} : { expires_at: momentOf(`${expires}T23:59`) }),
      },
      proof,
    });
  };
  return (
    <Modal
      open={open}
      title={t("give.title")}
      okText={t("give.confirm")}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: textId === null }}
      confirmLoading={record.isPending}
      onOk={go}
      onCancel={onClose}
      afterOpenChange={(isOpen) => {
        if (!isOpen) {
          setDraft(begin());
          setTried(false);
          record.reset();
        }
      }}
      destroyOnHidden
      width={560}
    >
      <Content draft={draft} props={all} isTried={isTried} told={(field) => problem?.expected(field)} onChange={(change) => setDraft((before) => ({ ...before, ...change }))} />
      {problem !== null && <ErrorView error={problem} inline />}
    </Modal>
  );
}
