/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What each account takes, and how much of the day's and the month's parts it has had. */
import Button from "antd/es/button";
import Checkbox from "antd/es/checkbox";
import Input from "antd/es/input";
import InputNumber from "antd/es/input-number";
import Modal from "antd/es/modal";
import Select from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { AccountRoute, MessageCategory } from "@/api/types";
import { categories } from "@/features/delivery-words/conditions";
import { useRight } from "@/shared/hooks/useMe";
import { Bar } from "@/shared/ui/Bar";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { Section } from "@/shared/ui/Page";
import { Num } from "@/shared/ui/values";
import { limitsBody, limitsDraft, limitsWrongs, type LimitsDraft } from "./draft";
import { useAccountRoutes, useSaveLimits } from "./queries";
import styles from "./Rules.module.css";

function Cap({ cap, label }: { cap: AccountRoute["cap_day"]; label: string }) {
  const { t } = useTranslation("rules");
  if (cap === null) return <span className={styles.quiet}>{t("limits.none")}</span>;
  return (
    <div className={styles.cap}>
      <span>
        <Num value={cap.used} /> / <Num value={cap.parts} />
      </span>
      <Bar value={cap.parts === 0 ? 1 : cap.used / cap.parts} label={label} />
    </div>
  );
}

function useTakes(): (route: AccountRoute) => string {
  const { t } = useTranslation("rules");
  return ({ categories: taken, prefixes, open_from: from, open_to: to, by_contracts: byContracts }) => {
    const parts = [
      taken === null ? null : taken.map((category) => t(`message_category.${category}`, { ns: "common" })).join(", "),
      prefixes === null ? null : prefixes.map((prefix) => t("prefix", { ns: "delivery-words", prefix })).join(", "),
      from === null || to === null ? null : t("limits.hours_words", { from, to }),
      byContracts ? t("limits.contracts_words") : null,
    ].filter((part) => part !== null);
    return parts.length === 0 ? t("limits.everything") : parts.join(" · ");
  };
}

function LimitsForm({ draft, put, route }: { draft: LimitsDraft; put: (change: Partial<LimitsDraft>) => void; route: AccountRoute }) {
  const { t } = useTranslation("rules");
  const wrongs = limitsWrongs(draft);
  return (
    <div className={styles.form}>
      <div className={styles.pair}>
        <Field label={t("limits.day")} note={route.cap_day === null ? undefined : t("limits.used", { count: route.cap_day.used })}>
          {(props) => <InputNumber<number> {...props} className={styles.wide ?? ""} value={draft.day} min={0} precision={0} placeholder={t("form.no_limit")} onChange={(day) => put({ day })} />}
        </Field>
        <Field label={t("limits.month")} note={route.cap_month === null ? undefined : t("limits.used", { count: route.cap_month.used })}>
          {(props) => <InputNumber<number> {...props} className={styles.wide ?? ""} value={draft.month} min={0} precision={0} placeholder={t("form.no_limit")} onChange={(month) => put({ month })} />}
        </Field>
      </div>
      <Field label={t("limits.categories")}>
        {(props) => <Select<MessageCategory[]> {...props} className={styles.wide ?? ""} mode="multiple" value={[...draft.categories]} placeholder={t("limits.all")} options={categories.map((value) => ({ value, label: t(`message_category.${value}`, { ns: "common" }) }))} onChange={(chosen) => put({ categories: chosen })} />}
      </Field>
      <Field label={t("limits.prefixes")} wrong={wrongs.includes("prefixes") ? t("wrong.prefixes") : undefined}>
        {(props) => <Input {...props} value={draft.prefixes} autoComplete="off" inputMode="numeric" placeholder={t("limits.all")} onChange={({ target }) => put({ prefixes: target.value })} />}
      </Field>
      <div className={styles.pair}>
        <Field label={t("limits.from")} note={t("limits.hours_note")} wrong={wrongs.includes("hours") ? t("wrong.hours") : undefined}>
          {(props) => <Input {...props} type="time" value={draft.from} onChange={({ target }) => put({ from: target.value })} />}
        </Field>
        <Field label={t("limits.to")}>{(props) => <Input {...props} type="time" value={draft.to} onChange={({ target }) => put({ to: target.value })} />}</Field>
      </div>
      <Checkbox checked={draft.byContracts} onChange={({ target }) => put({ byContracts: target.checked })}>
        {t("limits.by_contracts")}
      </Checkbox>
    </div>
  );
}

function LimitsDialog({ route, onClose }: { route: AccountRoute; onClose: () => void }) {
  const { t } = useTranslation("rules");
  const [draft, setDraft] = useState<LimitsDraft>(() => limitsDraft(route));
  const save = useSaveLimits(route.id, onClose);
  return (
    <Modal
      open
      title={t("limits.title_of", { account: route.account })}
      okText={t("actions.save", { ns: "common" })}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: limitsWrongs(draft).length > 0 }}
      confirmLoading={save.isPending}
      onOk={() => save.mutate(limitsBody(draft))}
      onCancel={onClose}
      width={560}
    >
      <LimitsForm draft={draft} put={(change) => setDraft((before) => ({ ...before, ...change }))} route={route} />
      {save.error !== null && <ErrorView error={asProblem(save.error)} inline />}
    </Modal>
  );
}

export function Limits() {
  const { t } = useTranslation("rules");
  const mayEdit = useRight("routes.edit");
  const takes = useTakes();
  const { data, error, refetch } = useAccountRoutes();
  const [asked, setAsked] = useState<AccountRoute | null>(null);
  const columns: readonly Column<AccountRoute>[] = [
    { key: "account", title: t("limits.account"), width: "18%", card: "title", render: ({ account }) => <span className={styles.name}>{account}</span> },
    { key: "takes", title: t("limits.takes"), render: (route) => takes(route) },
    { key: "day", title: t("limits.cap_day"), width: "18%", render: ({ account, cap_day: cap }) => <Cap cap={cap} label={t("limits.bar_day", { account })} /> },
    { key: "month", title: t("limits.cap_month"), width: "18%", render: ({ account, cap_month: cap }) => <Cap cap={cap} label={t("limits.bar_month", { account })} /> },
    ...(mayEdit
      ? [
          {
            key: "deed",
            title: t("deeds"),
            width: 128,
            align: "right" as const,
            card: "aside" as const,
            render: (route: AccountRoute) => (
              <Button size="small" aria-label={t("change_named", { name: route.account })} onClick={() => setAsked(route)}>
                {t("change")}
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <Section title={t("limits.title")}>
      <p className={styles.note}>{t("limits.note")}</p>
      <DataTable columns={columns} rows={data} rowKey={({ id }) => id} label={t("limits.title")} error={error} onAgain={() => void refetch()} expected={2} empty={<EmptyState title={t("limits.no_accounts")} />} />
      {asked !== null && <LimitsDialog key={asked.id} route={asked} onClose={() => setAsked(null)} />}
    </Section>
  );
}
