/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the start page asks. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Campaign } from "@/api/types";
import { addSamples, type Samples } from "./pace";

export interface Active {
  campaigns: readonly Campaign[];
  samples: Samples;
}

const activeKey = [...keys.campaigns, "active"] as const;
const lookAgainMs = 2000;
/* While nothing runs, a planned one may begin. */
const idleMs = 10_000;

export function useActive() {
  const queryClient = useQueryClient();
  return useQuery({
    queryKey: activeKey,
    queryFn: async ({ signal }): Promise<Active> => {
      const { campaigns } = await api.get("/v1/campaigns", { query: { status: "running,paused,planned", limit: 50 }, signal });
      const before = queryClient.getQueryData<Active>(activeKey)?.samples ?? {};
      return { campaigns, samples: addSamples(before, campaigns, Date.now()) };
    },
    refetchInterval: ({ state }) => (state.data?.campaigns.some(({ status }) => status === "running") === true ? lookAgainMs : idleMs),
  });
}

export function useRecent() {
  return useQuery({
    queryKey: [...keys.campaigns, "recent"],
    queryFn: async ({ signal }) => (await api.get("/v1/campaigns", { query: { status: "finished,cancelled,failed", limit: 5 }, signal })).campaigns,
    refetchInterval: idleMs,
  });
}

export function useDrafts() {
  return useQuery({
    queryKey: [...keys.campaigns, "drafts"],
    queryFn: async ({ signal }) => (await api.get("/v1/campaigns", { query: { status: "draft", limit: 3 }, signal })).campaigns,
  });
}

export function useClientCount() {
  return useQuery({ queryKey: [...keys.clients, "count"], queryFn: ({ signal }) => api.get("/v1/clients/count", { signal }) });
}
