/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Messages of the campaign, all or those in one state. */
import Select from "antd/es/select";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Message } from "@/api/types";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { PageLink } from "@/shared/ui/PageLink";
import { MessageStateTag } from "@/shared/ui/StatusTag";
import { Money, Num, Phone, Time } from "@/shared/ui/values";
import { useMessages } from "./queries";
import { asState, linkTo, messageStates, type State } from "./view";
import styles from "./Campaign.module.css";

function useColumns(): readonly Column<Message>[] {
  const { t } = useTranslation("campaign");
  return [
    {
      key: "to",
      title: t("messages.to"),
      render: ({ id, to }) => (
        <PageLink to={`/messages/${id}`}>
          <Phone value={to} />
        </PageLink>
      ),
      card: "title",
      width: 168,
    },
    { key: "state", title: t("messages.state"), render: ({ state }) => <MessageStateTag state={state} />, card: "aside", width: 160 },
    { key: "text", title: t("messages.text"), render: ({ text }) => <span className={styles.snippet}>{text}</span>, card: "hidden", desktopOnly: true },
    { key: "parts", title: t("messages.parts"), render: ({ parts }) => <Num value={parts} />, align: "right", width: 88 },
    { key: "price", title: t("messages.price"), render: ({ price }) => <Money value={price} />, align: "right", width: 112 },
    { key: "created", title: t("messages.created"), render: ({ created_at }) => <Time value={created_at} />, width: 160 },
  ];
}

function StateFilter({ state }: { state: State | null }) {
  const { t } = useTranslation("campaign");
  const navigate = useNavigate();
  const id = useId();
  const options: { value: State | "all"; label: string }[] = [
    { value: "all", label: t("messages.all") },
    ...messageStates.map((each) => ({ value: each, label: t(`message_state.${each}`, { ns: "common" }) })),
  ];
  return (
    <div className={styles.filter}>
      <label htmlFor={id}>{t("messages.state")}</label>
      <Select
        id={id}
        className={styles.select ?? ""}
        value={state ?? "all"}
        options={options}
        listHeight={400}
        onChange={(value) => void navigate(linkTo({ tab: "messages", state: asState(value) }), { replace: true, preventScrollReset: true })}
      />
    </div>
  );
}

export function Messages({ id, state }: { id: string; state: State | null }) {
  const { t } = useTranslation("campaign");
  const columns = useColumns();
  const { rows, error, again, more, loadingMore } = useMessages(id, state);
  return (
    <div className={styles.messages}>
      <StateFilter state={state} />
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={(message) => message.id}
        label={t("tab.messages")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        empty={<EmptyState title={t("messages.none")}>{state === null ? t("messages.none_text") : t("messages.none_such")}</EmptyState>}
      />
    </div>
  );
}
