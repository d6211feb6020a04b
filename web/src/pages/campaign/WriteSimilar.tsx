/* SPDX-License-Identifier: AGPL-3.0-or-later */
import CopyOutlined from "@ant-design/icons/es/icons/CopyOutlined";
import Button from "antd/es/button";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Campaign } from "@/api/types";
import { preload } from "@/shared/lib/preload";
import { ErrorView } from "@/shared/ui/ErrorView";
import { similarDraft } from "./similar";

/* A new draft with the same fields. */
export function WriteSimilar({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaign");
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const write = useMutation({
    mutationFn: () => api.post("/v1/campaigns", { body: similarDraft(campaign, t("similar_suffix")) }),
    onSuccess: async (draft) => {
      queryClient.setQueryData(keys.campaign(draft.id), draft);
      await navigate(`/campaigns/${draft.id}/edit`);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.campaigns }),
  });
  return (
    <>
      {write.error !== null && <ErrorView error={write.error} inline />}
      <Button icon={<CopyOutlined aria-hidden />} loading={write.isPending} onPointerEnter={() => preload(`/campaigns/${campaign.id}/edit`)} onClick={() => write.mutate()}>
        {t("similar")}
      </Button>
    </>
  );
}
