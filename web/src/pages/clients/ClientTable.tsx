/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Client } from "@/api/types";
import { clientName } from "@/features/client-name/name";
import { OptOutTag } from "@/features/opt-outs/OptOutTag";
import type { usePages } from "@/shared/hooks/usePages";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { PageLink } from "@/shared/ui/PageLink";
import { Missing, Phone, Time } from "@/shared/ui/values";
import styles from "./Clients.module.css";

function useColumns(): Column<Client>[] {
  const { t } = useTranslation("clients");
  const name = (client: Client) => clientName(client);
  return [
    {
      key: "name",
      title: t("column.name"),
      card: "title",
      render: (client) => (
        <PageLink to={`/clients/${client.id}`} className={styles.name ?? ""}>
          {name(client) === "" ? t("unnamed") : name(client)}
        </PageLink>
      ),
    },
    { key: "phone", title: t("column.phone"), width: 180, render: ({ phone }) => <Phone value={phone} /> },
    { key: "code", title: t("column.code"), width: "20%", render: ({ external_id }) => (external_id === null ? <Missing /> : <span className={styles.code}>{external_id}</span>) },
    {
      key: "receives",
      title: t("column.receives"),
      width: 200,
      card: "aside",
      render: ({ opt_out }) => (opt_out === null ? <span className={styles.quiet}>{t("receives_all")}</span> : <OptOutTag scope={opt_out} />),
    },
    { key: "updated", title: t("column.updated"), width: 170, card: "hidden", desktopOnly: true, render: ({ updated_at }) => <Time value={updated_at} /> },
  ];
}

export function ClientTable({ clients, empty }: { clients: ReturnType<typeof usePages<never, Client>>; empty: ReactNode }) {
  const { t } = useTranslation("clients");
  const columns = useColumns();
  return (
    <div className={styles.table} aria-busy={clients.isStale}>
      <DataTable
        columns={columns}
        rows={clients.rows}
        rowKey={({ id }) => id}
        label={t("title")}
        error={clients.error}
        onAgain={clients.again}
        onMore={clients.more}
        loadingMore={clients.loadingMore}
        empty={empty}
      />
    </div>
  );
}
