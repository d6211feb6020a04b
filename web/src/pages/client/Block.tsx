/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Blocking: what is known of a client stays, but is neither used nor shown, until somebody lifts it. */
import Button from "antd/es/button";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { useRight } from "@/shared/hooks/useMe";
import { AskReason } from "@/shared/ui/AskReason";
import { Facts } from "@/shared/ui/Facts";
import { Page, Panel, PanelSection } from "@/shared/ui/Page";
import { Missing, Time } from "@/shared/ui/values";
import type { FullClient } from "./About";
import styles from "./Client.module.css";

function useBlock(id: string, how: "block" | "unblock", onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) =>
      how === "block" ? api.post("/v1/clients/{id}/block", { path: { id }, body: { reason } }) : api.post("/v1/clients/{id}/unblock", { path: { id }, body: { reason } }),
    onSuccess: async () => {
      onDone();
      void queryClient.invalidateQueries({ queryKey: keys.clients });
      void queryClient.invalidateQueries({ queryKey: keys.lists });
      await queryClient.invalidateQueries({ queryKey: keys.client(id) });
    },
  });
}

function Deed({ id, how }: { id: string; how: "block" | "unblock" }) {
  const { t } = useTranslation("client");
  const [asks, setAsks] = useState(false);
  const deed = useBlock(id, how, () => setAsks(false));
  return (
    <>
      <Button onClick={() => setAsks(true)}>{t(`${how}.button`)}</Button>
      <AskReason
        open={asks}
        title={t(`${how}.ask`)}
        label={t(`${how}.reason`)}
        confirm={t(`${how}.confirm`)}
        danger={how === "block"}
        busy={deed.isPending}
        error={deed.error}
        onConfirm={(reason) => deed.mutate(reason)}
        onCancel={() => setAsks(false)}
      >
        <p>{t(`${how}.text`)}</p>
      </AskReason>
    </>
  );
}

/* Nothing for who may not do it. */
export function Block({ client }: { client: FullClient }) {
  const { t } = useTranslation("client");
  if (!useRight("clients.block")) return null;
  return (
    <PanelSection title={t("block.title")} className={styles.stack}>
      <p className={styles.quiet}>{t("block.lead")}</p>
      <div>
        <Deed id={client.id} how="block" />
      </div>
    </PanelSection>
  );
}

/* All that is shown of a blocked one. */
export function Blocked({ client, since }: { client: FullClient; since: string }) {
  const { t } = useTranslation("client");
  const mayLift = useRight("clients.block");
  return (
    <Page title={t("blocked.title")} tabTitle={t("title")} lead={t("blocked.text")} back={{ to: "/clients", label: t("back") }} narrow>
      <Panel className={styles.stack ?? ""}>
        <Facts
          facts={[
            { label: t("blocked.since"), value: <Time value={since} /> },
            { label: t("blocked.reason"), value: client.blocked_reason === null ? <Missing /> : <span className={styles.value}>{client.blocked_reason}</span> },
          ]}
        />
        {mayLift ? (
          <div>
            <Deed id={client.id} how="unblock" />
          </div>
        ) : (
          <p className={styles.quiet}>{t("blocked.no_right")}</p>
        )}
      </Panel>
    </Page>
  );
}
