/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One account: what is wrong with it, how it is, how it is set up; secrets by their names alone. */
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ConditionTag } from "@/features/account-words/ConditionTag";
import { Troubles } from "@/features/account-words/Troubles";
import { useAccount, useSettings, useTroubles, type Account } from "@/features/account-words/queries";
import { isMoney, unitsOf } from "@/features/account-words/money";
import { useProfileLabel, useSettingLabel } from "@/features/account-words/useSettingLabel";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Facts, type Fact } from "@/shared/ui/Facts";
import { Figures } from "@/shared/ui/Figures";
import { Page, Panel, Section } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Missing, Num, Time } from "@/shared/ui/values";
import { useSwitch } from "./queries";
import styles from "./Account.module.css";

/* Off asks first: what waits for it stands still. */
function Switch({ account: { id, name, enabled, backlog } }: { account: Account }) {
  const { t } = useTranslation("account");
  const [asks, setAsks] = useState(false);
  const flip = useSwitch(id, () => setAsks(false));
  return (
    <>
      <Button loading={flip.isPending} onClick={() => (enabled ? setAsks(true) : flip.mutate(true))}>
        {enabled ? t("off.button") : t("on")}
      </Button>
      <ConfirmDanger open={asks} title={t("off.title", { name })} confirm={t("off.confirm")} busy={flip.isPending} onConfirm={() => flip.mutate(false)} onCancel={() => setAsks(false)}>
        <p>{t("off.text")}</p>
        {backlog.parts > 0 && <p>{t("off.backlog", { count: backlog.parts })}</p>}
        {flip.error !== null && <ErrorView error={flip.error} inline />}
      </ConfirmDanger>
      {!asks && flip.error !== null && <ErrorView error={flip.error} inline />}
    </>
  );
}

function State({ account: { meter, backlog, parts_last_hour: hour, receipts, balance, health } }: { account: Account }) {
  const { t } = useTranslation("account");
  const figures = [
    { label: t("state.backlog"), value: <Num value={backlog.parts} />, note: backlog.since === null ? t("state.nothing_waits") : <Time value={backlog.since} /> },
    { label: t("state.hour"), value: <Num value={hour} /> },
    { label: t("state.answer"), value: meter?.answer_ms === undefined || meter.answer_ms === null ? <Missing /> : t("ms", { value: meter.answer_ms }) },
    { label: t("state.receipt"), value: <Time value={receipts.last_at} />, note: receipts.usual_s > 0 ? t("state.usual", { value: receipts.usual_s }) : t("state.usual_unknown") },
    { label: t("state.health"), value: <Num value={health} />, note: health === null ? t("state.unmeasured") : t("state.of_100") },
    ...(balance === null ? [] : [{ label: t("state.balance"), value: `${balance.amount} ${balance.currency}`, note: balance.hours_left === null ? t("state.hours_unknown") : t("state.hours", { count: balance.hours_left }) }]),
  ];
  return (
    <Section title={t("state.title")}>
      <Figures figures={figures} />
    </Section>
  );
}

function Meter({ account: { meter, held_by: owner, epoch } }: { account: Account }) {
  const { t } = useTranslation("account");
  const facts: Fact[] = [
    { label: t("meter.owner"), value: owner === null ? t("meter.nobody") : <span className={styles.value}>{owner}</span> },
    { label: t("meter.epoch"), value: <Num value={epoch} /> },
    { label: t("meter.answered"), value: <Num value={meter?.answered} /> },
    { label: t("meter.refused"), value: <Num value={meter?.refused} /> },
    { label: t("meter.slowed"), value: <Num value={meter?.slowed} /> },
    { label: t("meter.timeouts"), value: <Num value={meter?.timeouts} /> },
  ];
  return (
    <Panel>
      <Facts facts={facts} />
    </Panel>
  );
}

function useShown(currency: string): (key: string, value: unknown) => string {
  const { t } = useTranslation("account");
  return (key, value) => {
    if (isMoney(key) && typeof value === "number") return `${unitsOf(value)} ${currency}`;
    if (typeof value === "boolean") return value ? t("yes") : t("no");
    if (typeof value === "string") return value === "" ? "—" : value;
    return typeof value === "number" ? String(value) : "";
  };
}

/* Only what differs from the defaults: the rest is as everywhere. */
function useFacts({ settings, provider }: Account): Fact[] {
  const label = useSettingLabel();
  const profileLabel = useProfileLabel();
  const shown = useShown(provider.currency);
  const { data: known } = useSettings();
  const own = Object.entries(settings ?? {}).filter(([key, value]) => typeof value !== "object" && known?.find((one) => one.key === key)?.default !== value);
  const given = ((settings as Record<string, unknown> | null)?.settings ?? {}) as Record<string, string>;
  return [
    ...own.filter(([key]) => key !== "name").map(([key, value]) => ({ label: label(key), value: <span className={styles.value}>{shown(key, value)}</span> })),
    ...Object.entries(given).map(([key, value]) => ({ label: profileLabel(key), value: <span className={styles.value}>{value}</span> })),
  ];
}

/* By their names and age: nobody is told more. */
function useSecretFacts({ secrets }: Account): Fact[] {
  const { t } = useTranslation("account");
  const label = useProfileLabel();
  return (secrets ?? []).map(({ name, changed_at: at }) => ({
    label: label(name),
    value: (
      <>
        •••••••• <span className={styles.quiet}>{t("secret_since")} <Time value={at} /></span>
      </>
    ),
  }));
}

function SetUp({ account }: { account: Account }) {
  const { t } = useTranslation("account");
  const facts = useFacts(account);
  const secrets = useSecretFacts(account);
  return (
    <Section title={t("setup")}>
      <div className={styles.pair}>
        <Panel>
          <Facts facts={[...facts, ...secrets]} />
          <p className={styles.quiet}>{t("defaults")}</p>
        </Panel>
        <Meter account={account} />
      </div>
    </Section>
  );
}

function Content({ account }: { account: Account }) {
  const { t } = useTranslation("account");
  const words = useTranslation("account-words").t;
  const { data: troubles = [] } = useTroubles();
  const { id, name, kind, profile, peer, provider, condition } = account;
  const own = troubles.filter((trouble) => trouble.account_id === id);
  const mayEdit = account.settings !== null;
  return (
    <Page
      title={name}
      tag={<ConditionTag condition={condition} />}
      lead={`${provider.title === "" ? provider.name : provider.title} · ${words(`kind.${kind}`)} ${profile ?? peer ?? ""}`}
      back={{ to: "/delivery", label: t("back") }}
      actions={
        mayEdit ? (
          <>
            <ButtonLink to={`/delivery/accounts/${id}/edit`} type="primary">
              {t("change")}
            </ButtonLink>
            <Switch account={account} />
          </>
        ) : undefined
      }
    >
      {own.length > 0 && <Troubles troubles={own} isLinked={false} />}
      <State account={account} />
      <SetUp account={account} />
    </Page>
  );
}

export default function AccountPage() {
  const { id = "" } = useParams();
  const account = useAccount(id);
  const troubles = useTroubles();
  const settings = useSettings();
  const error = account.error ?? troubles.error ?? settings.error;
  if (account.data !== undefined && troubles.data !== undefined && settings.data !== undefined) return <Content key={id} account={account.data} />;
  const again = () => void Promise.all([account.refetch(), troubles.refetch(), settings.refetch()]);
  return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={again} />;
}
