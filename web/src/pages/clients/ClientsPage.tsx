/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everybody who can be written to, and the one who is looked for. */
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { findClients } from "@/features/search/findClients";
import { takeQueries } from "@/features/search/given-query";
import { readQuery, type Query } from "@/features/search/query";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { useRight } from "@/shared/hooks/useMe";
import { usePages } from "@/shared/hooks/usePages";
import { useRemembered } from "@/shared/hooks/useRemembered";
import { nbsp } from "@/shared/lib/format";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { Page } from "@/shared/ui/Page";
import { ClientTable } from "./ClientTable";
import { Filters } from "./Filters";
import { Found } from "./Found";
import { NoClients } from "./NoClients";
import styles from "./Clients.module.css";

const settleMs = 250;

function useClients(query: Query | null, listId: string | undefined) {
  return usePages({
    queryKey: [...keys.clients, "found", query, listId],
    load: (cursor, signal) => findClients({ query, listId, cursor }, signal),
    rows: (page) => page.clients,
    keepRows: true,
  });
}

function useLead(): string {
  const { t } = useTranslation("clients");
  const { data } = useQuery({ queryKey: [...keys.clients, "count"], queryFn: ({ signal }) => api.get("/v1/clients/count", { signal }) });
  // The line is there before its words, so that nothing moves.
  if (data === undefined) return nbsp;
  const all = t("clients", { count: data.clients, ns: "common" });
  return data.opted_out === 0 ? all : t("lead", { all, count: data.opted_out });
}

export default function ClientsPage() {
  const { t } = useTranslation("clients");
  const mayImport = useRight("clients.import");
  const lead = useLead();
  const [typed, setTyped] = useRemembered("clients.typed", "");
  const [listId, setListId] = useRemembered("clients.list", "");
  useEffect(() => takeQueries(setTyped), [setTyped]);
  const query = readQuery(useDebounced(typed, settleMs));
  const clients = useClients(query, listId === "" ? undefined : listId);
  return (
    <Page
      title={t("title")}
      lead={<span className={styles.lead}>{lead}</span>}
      actions={
        mayImport && (
          <ButtonLink to="/imports" icon={<PlusOutlined aria-hidden />}>
            {t("import")}
          </ButtonLink>
        )
      }
    >
      <Filters typed={typed} onTyped={setTyped} listId={listId} onList={setListId}>
        <Found rows={clients.isStale ? undefined : clients.rows} hasMore={clients.more !== undefined} isFiltered={query !== null || listId !== ""} />
      </Filters>
      <ClientTable clients={clients} empty={<NoClients query={query} isListed={listId !== ""} onTyped={setTyped} />} />
    </Page>
  );
}
