/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* "Why did Petrova get nothing?": any client held against the conditions. */
import SearchOutlined from "@ant-design/icons/es/icons/SearchOutlined";
import Button from "antd/es/button";
import Input from "antd/es/input";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import type { Client } from "@/api/types";
import { clientName } from "@/features/client-name/name";
import { findClients } from "@/features/search/findClients";
import { readQuery } from "@/features/search/query";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel, Section } from "@/shared/ui/Page";
import { Phone } from "@/shared/ui/values";
import { WhyDialog, type Reason } from "./WhyDialog";
import styles from "./List.module.css";

const typingMs = 300;
const shown = 5;

function useFound(typed: string) {
  const query = readQuery(useDebounced(typed, typingMs));
  const found = useQuery({
    queryKey: [...keys.clients, "checked", query],
    queryFn: async ({ signal }) => (await findClients({ query, limit: shown }, signal)).clients.slice(0, shown),
    enabled: query !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return { clients: query === null ? undefined : found.data, error: query === null ? null : found.error };
}

function Found({ clients, onCheck }: { clients: readonly Client[]; onCheck: (client: { id: string; name: string }) => void }) {
  const { t } = useTranslation("list");
  if (clients.length === 0) return <p className={styles.note}>{t("check.nobody")}</p>;
  return (
    <ul className={styles.users}>
      {clients.map((client) => {
        const name = clientName(client);
        return (
          <li key={client.id} className={styles.found}>
            <span className={styles.foundName}>{name === "" ? t("preview.unnamed") : name}</span>
            <Phone value={client.phone} />
            <Button size="small" aria-label={t("check.button_of", { name })} onClick={() => onCheck({ id: client.id, name })}>
              {t("check.button")}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

export function CheckClient({ reason }: { reason: Reason }) {
  const { t } = useTranslation("list");
  const id = useId();
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState<{ id: string; name: string } | null>(null);
  const { clients, error } = useFound(typed);
  return (
    <Section title={t("check.title")}>
      <Panel className={styles.check ?? ""}>
        <div className={styles.field}>
          <label htmlFor={id}>{t("check.label")}</label>
          <Input id={id} className={styles.checkField ?? ""} value={typed} maxLength={200} autoComplete="off" spellCheck={false} allowClear prefix={<SearchOutlined aria-hidden />} onChange={({ target }) => setTyped(target.value)} />
        </div>
        <div role="status">{clients !== undefined && <Found clients={clients} onCheck={setAsked} />}</div>
        {error !== null && <ErrorView error={error} inline />}
      </Panel>
      {asked !== null && <WhyDialog reason={reason} client={asked} onClose={() => setAsked(null)} />}
    </Section>
  );
}
