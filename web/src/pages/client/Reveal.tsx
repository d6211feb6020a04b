/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* For who sees names and numbers masked: the whole card, for a reason that is written down. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useRight } from "@/shared/hooks/useMe";
import { AskReason } from "@/shared/ui/AskReason";
import type { FullClient } from "./About";

export function Reveal({ client: { id }, onReveal }: { client: FullClient; onReveal: (client: FullClient) => void }) {
  const { t } = useTranslation("client");
  const mayReveal = useRight("personal.reveal");
  const [asks, setAsks] = useState(false);
  const reveal = useMutation({
    mutationFn: (reason: string) => api.post("/v1/clients/{id}/reveal", { path: { id }, body: { reason } }),
    onSuccess: (client) => {
      setAsks(false);
      onReveal(client);
    },
  });
  return (
    <Alert
      type="info"
      showIcon
      title={t("reveal.title")}
      description={mayReveal ? t("reveal.text") : t("reveal.no_right")}
      action={
        mayReveal && (
          <>
            <Button onClick={() => setAsks(true)}>{t("reveal.button")}</Button>
            <AskReason
              open={asks}
              title={t("reveal.ask")}
              label={t("reveal.reason")}
              note={t("reveal.note")}
              confirm={t("reveal.confirm")}
              busy={reveal.isPending}
              error={reveal.error}
              onConfirm={(reason) => reveal.mutate(reason)}
              onCancel={() => setAsks(false)}
            />
          </>
        )
      }
    />
  );
}
