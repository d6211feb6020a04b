/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whose number it is. A number may belong to several clients. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { clientName } from "@/features/client-name/name";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PanelSection } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Skeleton } from "@/shared/ui/Skeleton";
import styles from "./Messages.module.css";

function useOwners(phone: string) {
  return useQuery({
    queryKey: [...keys.clients, "with", phone],
    queryFn: async ({ signal }) => (await api.post("/v1/clients/search", { body: { phone, limit: 10 }, signal })).clients,
  });
}

function Owners({ phone }: { phone: string }) {
  const { t } = useTranslation("messages");
  const { data, error, refetch } = useOwners(phone);
  if (data === undefined) {
    return error === null ? <Skeleton rows={1} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />;
  }
  if (data.length === 0) return <p className={styles.quiet}>{t("owner.none")}</p>;
  return (
    <ul className={styles.owners}>
      {data.map((client) => {
        const name = clientName(client);
        return (
          <li key={client.id}>
            <PageLink to={`/clients/${client.id}`} className={styles.owner ?? ""}>
              {name === "" ? t("owner.unnamed") : name}
            </PageLink>
            {client.external_id !== null && client.external_id !== name && <span className={styles.quiet}>{t("owner.code", { code: client.external_id })}</span>}
          </li>
        );
      })}
    </ul>
  );
}

export function Owner({ phone }: { phone: string }) {
  const { t } = useTranslation("messages");
  if (!useRight("clients.read")) return null;
  return (
    <PanelSection title={t("owner.title")} className={styles.ownerPanel}>
      <Owners phone={phone} />
    </PanelSection>
  );
}
