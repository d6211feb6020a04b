/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { stageOf } from "./estimate";

const lookAgainMs = 500;

/* The estimate of a campaign, looked at again while it is counted, and once more for each state of the draft. */
export function useEstimate(draftId: string | null, revision: number) {
  const id = draftId ?? "";
  const queryClient = useQueryClient();
  const queryKey = [...keys.campaign(id), "estimate", revision];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.get("/v1/campaigns/{id}/estimate", { path: { id }, signal }),
    refetchInterval: ({ state }) => (state.data !== undefined && stageOf(state.data) === "counting" ? lookAgainMs : false),
    enabled: draftId !== null,
    staleTime: 0,
  });
  const start = useMutation({
    mutationFn: () => api.post("/v1/campaigns/{id}/estimate", { path: { id } }),
    onSuccess: (estimate) => queryClient.setQueryData(queryKey, estimate),
  });
  const drop = useMutation({
    mutationFn: () => api.delete("/v1/campaigns/{id}/estimate", { path: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  });
  return {
    estimate: query.data,
    error: query.error ?? start.error ?? drop.error,
    isAsking: start.isPending || drop.isPending,
    start: () => start.mutate(),
    drop: () => drop.mutate(),
    again: () => {
      start.reset();
      drop.reset();
      void query.refetch();
    },
  };
}

export type UsedEstimate = ReturnType<typeof useEstimate>;
