/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* By which contracts advertising may go to an operator's numbers. */
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import Select from "antd/es/select";
import Tag from "antd/es/tag";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { OperatorContract } from "@/api/types";
import { useAccounts, useOperatorName, useOperators } from "@/features/delivery-words/queries";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDay } from "@/shared/lib/format";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { Section } from "@/shared/ui/Page";
import { contractBody, contractDraft, emptyContract, type ContractDraft } from "./draft";
import { useContracts, useRemoveContract, useSaveContract } from "./queries";
import styles from "./Rules.module.css";

const numberMax = 200;

function ContractDialog({ contract, onClose }: { contract: OperatorContract | null; onClose: () => void }) {
  const { t } = useTranslation("rules");
  const { data: accounts = [] } = useAccounts();
  const { data: operators = [] } = useOperators();
  const [draft, setDraft] = useState<ContractDraft>(() => (contract === null ? emptyContract : contractDraft(contract)));
  const save = useSaveContract(onClose);
  const problem = save.error === null ? null : asProblem(save.error);
  const body = contractBody(draft);
  const put = (change: Partial<ContractDraft>) => setDraft((before) => ({ ...before, ...change }));
  const isNew = contract === null;
  return (
    <Modal
      open
      title={isNew ? t("contract.new") : t("contract.change")}
      okText={t("actions.save", { ns: "common" })}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: body === null }}
      confirmLoading={save.isPending}
      onOk={() => body !== null && save.mutate(body)}
      onCancel={onClose}
      width={560}
    >
      <div className={styles.form}>
        <div className={styles.pair}>
          <Field label={t("contract.account")} wrong={problem?.expected("account")}>
            {(props) => <Select<string> {...props} value={draft.account} disabled={!isNew} placeholder={t("contract.choose")} options={accounts.map(({ name }) => ({ value: name, label: name }))} onChange={(account) => put({ account })} />}
          </Field>
          <Field label={t("contract.operator")}>
            {(props) => <Select<string> {...props} value={draft.operator} disabled={!isNew} placeholder={t("contract.choose")} options={operators.map(({ code, name }) => ({ value: code, label: name }))} onChange={(operator) => put({ operator })} />}
          </Field>
        </div>
        <Field label={t("contract.number")} wrong={problem?.expected("number")}>
          {(props) => <Input {...props} value={draft.number} maxLength={numberMax} autoComplete="off" placeholder={t("contract.example")} onChange={({ target }) => put({ number: target.value })} />}
        </Field>
        <div className={styles.pair}>
          <Field label={t("contract.from")} wrong={problem?.expected("valid_from")}>
            {(props) => <Input {...props} type="date" disabled={!isNew} value={draft.from} onChange={({ target }) => put({ from: target.value })} />}
          </Field>
          <Field label={t("contract.to")} note={t("contract.to_note")} wrong={problem?.expected("valid_to")}>
            {(props) => <Input {...props} type="date" value={draft.to} min={draft.from} onChange={({ target }) => put({ to: target.value })} />}
          </Field>
        </div>
        {problem !== null && <ErrorView error={problem} inline />}
      </div>
    </Modal>
  );
}

function Days({ contract: { valid_from: from, valid_to: to } }: { contract: OperatorContract }) {
  const { t } = useTranslation("rules");
  const language = useLanguage();
  return (
    <>
      {t("contract.from_day", { day: formatDay(dayjs(from), language, dayjs()) })}
      {to !== null && ` ${t("contract.to_day", { day: formatDay(dayjs(to), language, dayjs()) })}`}
    </>
  );
}

export function Contracts() {
  const { t } = useTranslation("rules");
  const mayEdit = useRight("routes.edit");
  const operatorName = useOperatorName();
  const { data, error, refetch } = useContracts();
  const [asked, setAsked] = useState<{ contract: OperatorContract | null } | null>(null);
  const [removed, setRemoved] = useState<OperatorContract | null>(null);
  const remove = useRemoveContract(() => setRemoved(null));
  const add = mayEdit && (
    <Button icon={<PlusOutlined aria-hidden />} onClick={() => setAsked({ contract: null })}>
      {t("contract.add")}
    </Button>
  );
  const deeds = (contract: OperatorContract) => (
    <span className={styles.deeds}>
      <Button size="small" aria-label={t("change_named", { name: contract.number })} onClick={() => setAsked({ contract })}>
        {t("change")}
      </Button>
      <Button size="small" danger aria-label={t("remove_named", { name: contract.number })} onClick={() => setRemoved(contract)}>
        {t("actions.delete", { ns: "common" })}
      </Button>
    </span>
  );
  const columns: readonly Column<OperatorContract>[] = [
    { key: "number", title: t("contract.number"), card: "title", render: ({ number }) => <span className={styles.name}>{number}</span> },
    { key: "account", title: t("contract.account"), width: "16%", render: ({ account }) => account },
    { key: "operator", title: t("contract.operator"), width: "16%", render: ({ operator }) => operatorName(operator) },
    { key: "days", title: t("contract.days"), width: "22%", render: (contract) => <Days contract={contract} /> },
    { key: "holds", title: t("contract.state"), width: 136, card: "aside", render: ({ holds }) => (holds ? <Tag color="success">{t("contract.holds")}</Tag> : <Tag>{t("contract.not_holds")}</Tag>) },
    ...(mayEdit ? [{ key: "deeds", title: t("deeds"), width: 208, align: "right" as const, render: deeds }] : []),
  ];
  return (
    <Section title={t("contract.title")} extra={add}>
      <p className={styles.note}>{t("contract.note")}</p>
      <DataTable
        columns={columns}
        rows={data}
        rowKey={({ account, operator, valid_from: from }) => `${account} ${operator} ${from}`}
        label={t("contract.title")}
        error={error}
        onAgain={() => void refetch()}
        expected={2}
        empty={
          <EmptyState title={t("contract.none")}>{t("contract.none_text")}</EmptyState>
        }
      />
      {asked !== null && <ContractDialog contract={asked.contract} onClose={() => setAsked(null)} />}
      <ConfirmDanger open={removed !== null} title={t("contract.remove.title", { number: removed?.number ?? "" })} confirm={t("actions.delete", { ns: "common" })} busy={remove.isPending} onConfirm={() => removed !== null && remove.mutate(removed)} onCancel={() => setRemoved(null)}>
        <p>{t("contract.remove.text")}</p>
        {remove.error !== null && <ErrorView error={remove.error} inline />}
      </ConfirmDanger>
    </Section>
  );
}
