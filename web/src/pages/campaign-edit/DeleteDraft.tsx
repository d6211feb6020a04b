/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button from "antd/es/button";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import type { DraftSaver } from "./draft-saver";
import styles from "./Wizard.module.css";

/* What is gone already is deleted, too. */
async function remove(id: string): Promise<void> {
  try {
    await api.delete("/v1/campaigns/{id}", { path: { id } });
  } catch (error) {
    if (asProblem(error).status !== 404) throw error;
  }
}

export function DeleteDraft({ saver, id, name }: { saver: DraftSaver; id: string; name: string }) {
  const { t } = useTranslation("campaign-edit");
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const removal = useMutation({
    mutationFn: remove,
    onSuccess: () => {
      saver.close();
      void queryClient.invalidateQueries({ queryKey: keys.campaigns });
      void navigate("/campaigns", { replace: true });
    },
  });
  return (
    <>
      <Button type="link" size="small" danger className={styles.inlineButton ?? ""} onClick={() => setAsks(true)}>
        {t("delete.button")}
      </Button>
      <ConfirmDanger
        open={asks}
        title={t("delete.title")}
        confirm={t("delete.confirm")}
        busy={removal.isPending}
        onConfirm={() => removal.mutate(id)}
        onCancel={() => setAsks(false)}
      >
        {t("delete.text", { name })}
        {removal.error !== null && <ErrorView error={removal.error} inline />}
      </ConfirmDanger>
    </>
  );
}
