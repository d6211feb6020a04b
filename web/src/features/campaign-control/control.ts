/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pause, resume, stop.
 *
 * Nothing is shown before it is true: whoever pauses because the text is wrong must not read "paused" while
 * messages still leave. The answer comes at once and is put everywhere the campaign is shown. */
import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Campaign, CampaignStatus, Progress } from "@/api/types";

export type Controlled = Pick<Campaign, "id" | "name" | "status">;

/* A planned one has nothing to pause: it is called off, or it begins. */
export function canHold(status: CampaignStatus): boolean {
  return status === "running" || status === "paused";
}

export function canStop(status: CampaignStatus): boolean {
  return status === "planned" || canHold(status);
}

function put(queryClient: QueryClient, campaign: Campaign): void {
  queryClient.setQueryData(keys.campaign(campaign.id), campaign);
  queryClient.setQueryData<Progress>(keys.progress(campaign.id), (known) => known && { ...known, ...campaign.counts, status: campaign.status });
}

function useControl(id: string, ask: () => Promise<Campaign>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ask,
    onSuccess: (campaign) => put(queryClient, campaign),
    // Refused: the campaign is in another state than the one shown.
    onError: () => queryClient.invalidateQueries({ queryKey: keys.campaign(id) }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.campaigns }),
  });
}

/* Pauses what runs, resumes what is paused. */
export function useHold({ id, status }: Controlled) {
  const path = { id };
  return useControl(id, () => (status === "paused" ? api.post("/v1/campaigns/{id}/resume", { path }) : api.post("/v1/campaigns/{id}/pause", { path })));
}

export function useStop({ id }: Controlled) {
  return useControl(id, () => api.post("/v1/campaigns/{id}/cancel", { path: { id } }));
}
