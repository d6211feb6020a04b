/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* For the night: what is wrong now and what to do about it; below, every account and how it is. */
import CheckCircleFilled from "@ant-design/icons/es/icons/CheckCircleFilled";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import RocketOutlined from "@ant-design/icons/es/icons/RocketOutlined";
import { useTranslation } from "react-i18next";
import type { AccountState, Provider, Trouble } from "@/api/types";
import { Sections } from "@/features/delivery-sections/Sections";
import { ConditionTag } from "@/features/account-words/ConditionTag";
import { Troubles } from "@/features/account-words/Troubles";
import { useAccounts, useProviders, useTroubles } from "@/features/account-words/queries";
import { useMe } from "@/shared/hooks/useMe";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page, Panel, Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Missing, Num, Time } from "@/shared/ui/values";
import styles from "./Delivery.module.css";

function NewAccount() {
  const { t } = useTranslation("delivery");
  return (
    <ButtonLink to="/delivery/accounts/new" type="primary" icon={<PlusOutlined aria-hidden />}>
      {t("new")}
    </ButtonLink>
  );
}

function Now({ troubles }: { troubles: readonly Trouble[] }) {
  const { t } = useTranslation("delivery");
  return (
    <Section title={t("now.title")}>
      {troubles.length > 0 ? (
        <Troubles troubles={troubles} />
      ) : (
        <Panel className={styles.well ?? ""}>
          <CheckCircleFilled aria-hidden />
          <p role="status">{t("now.well")}</p>
        </Panel>
      )}
    </Section>
  );
}

function Name({ account: { id, name, kind, profile, peer } }: { account: AccountState }) {
  const { t } = useTranslation("account-words");
  return (
    <>
      <PageLink to={`/delivery/accounts/${id}`} className={styles.name ?? ""}>
        {name}
      </PageLink>
      <p className={styles.quiet}>
        {t(`kind.${kind}`)} {profile ?? peer}
      </p>
    </>
  );
}

function Condition({ account: { condition, down_since: since, stopped } }: { account: AccountState }) {
  const { t } = useTranslation("account-words");
  return (
    <>
      <ConditionTag condition={condition} />
      {condition === "stopped" && <p className={styles.stopped}>{stopped}</p>}
      {condition === "down" && since !== null && (
        <p className={styles.quiet}>
          {t("since")} <Time value={since} />
        </p>
      )}
    </>
  );
}

function Backlog({ account: { backlog } }: { account: AccountState }) {
  const { t } = useTranslation("account-words");
  return (
    <>
      <Num value={backlog.parts} />
      {backlog.since !== null && (
        <p className={styles.quiet}>
          {t("since")} <Time value={backlog.since} />
        </p>
      )}
    </>
  );
}

function AnswerTime({ account: { meter } }: { account: AccountState }) {
  const { t } = useTranslation("delivery");
  if (meter?.answer_ms === undefined || meter.answer_ms === null) return <Missing />;
  return <>{t("ms", { value: meter.answer_ms })}</>;
}

function useColumns(): readonly Column<AccountState>[] {
  const { t } = useTranslation("delivery");
  return [
    { key: "name", title: t("columns.name"), card: "title", render: (account) => <Name account={account} /> },
    { key: "condition", title: t("columns.condition"), width: "20%", card: "aside", render: (account) => <Condition account={account} /> },
    { key: "provider", title: t("columns.provider"), width: "16%", desktopOnly: true, render: ({ provider }) => (provider.title === "" ? provider.name : provider.title) },
    { key: "backlog", title: t("columns.backlog"), width: 120, align: "right", render: (account) => <Backlog account={account} /> },
    { key: "hour", title: t("columns.hour"), width: 112, align: "right", desktopOnly: true, render: ({ parts_last_hour: parts }) => <Num value={parts} /> },
    { key: "answer", title: t("columns.answer"), width: 96, align: "right", desktopOnly: true, render: (account) => <AnswerTime account={account} /> },
    { key: "health", title: t("columns.health"), width: 104, align: "right", render: ({ health }) => <Num value={health} /> },
  ];
}

function Accounts({ accounts, mayEdit }: { accounts: readonly AccountState[]; mayEdit: boolean }) {
  const { t } = useTranslation("delivery");
  const columns = useColumns();
  return (
    <Section title={t("accounts")}>
      <DataTable
        columns={columns}
        rows={accounts}
        rowKey={({ id }) => id}
        label={t("accounts")}
        empty={
          <EmptyState icon={<RocketOutlined />} title={t("empty.title")} action={mayEdit && <NewAccount />}>
            {t("empty.text")}
          </EmptyState>
        }
      />
    </Section>
  );
}

function Providers({ providers, mayEdit }: { providers: readonly Provider[]; mayEdit: boolean }) {
  const { t } = useTranslation("delivery");
  const columns: Column<Provider>[] = [
    {
      key: "name",
      title: t("provider.name"),
      card: "title",
      render: ({ id, name, title }) => {
        const shown = title === "" ? name : title;
        return mayEdit ? <PageLink to={`/delivery/providers/${id}/edit`}>{shown}</PageLink> : shown;
      },
    },
    { key: "contact", title: t("provider.contact"), width: "34%", render: ({ contact }) => (contact === "" ? <span className={styles.quiet}>{t("provider.no_contact")}</span> : <span className={styles.name}>{contact}</span>) },
    { key: "contract", title: t("provider.contract"), width: "20%", desktopOnly: true, render: ({ contract }) => (contract === "" ? <Missing /> : contract) },
    { key: "currency", title: t("provider.currency"), width: 96, desktopOnly: true, render: ({ currency }) => currency },
    { key: "accounts", title: t("provider.accounts"), width: 128, align: "right", render: ({ account_ids: ids }) => <Num value={ids.length} /> },
  ];
  if (providers.length === 0) return null;
  return (
    <Section title={t("providers")} extra={mayEdit && <ButtonLink to="/delivery/providers/new">{t("provider.new")}</ButtonLink>}>
      <DataTable columns={columns} rows={providers} rowKey={({ id }) => id} label={t("providers")} empty={null} />
    </Section>
  );
}

export default function DeliveryPage() {
  const { t } = useTranslation("delivery");
  const me = useMe();
  const troubles = useTroubles();
  const accounts = useAccounts();
  const providers = useProviders();
  const mayEdit = me.rights.includes("accounts.edit");
  const error = troubles.error ?? accounts.error ?? providers.error;
  if (troubles.data === undefined || accounts.data === undefined || providers.data === undefined) {
    const again = () => void Promise.all([troubles.refetch(), accounts.refetch(), providers.refetch()]);
    return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={again} />;
  }
  return (
    <Page title={t("title")} lead={t("lead")} actions={mayEdit && accounts.data.length > 0 ? <NewAccount /> : undefined}>
      <Sections />
      {error !== null && <ErrorView error={error} inline />}
      <Now troubles={troubles.data} />
      <Accounts accounts={accounts.data} mayEdit={mayEdit} />
      <Providers providers={providers.data} mayEdit={mayEdit} />
    </Page>
  );
}
