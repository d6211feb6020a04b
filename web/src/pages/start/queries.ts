/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the start page asks. */
import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";
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

const active = queryOptions({
  queryKey: activeKey,
  queryFn: async ({ signal, client }): Promise<Active> => {
    const { campaigns } = await api.get("/v1/campaigns", { query: { status: "running,paused,planned", limit: 50 }, signal });
    const before = client.getQueryData<Active>(activeKey)?.samples ?? {};
    return { campaigns, samples: addSamples(before, campaigns, Date.now()) };
  },
});

const recent = queryOptions({
  queryKey: [...keys.campaigns, "recent"],
  queryFn: async ({ signal }) => (await api.get("/v1/campaigns", { query: { status: "finished,cancelled,failed", limit: 5 }, signal })).campaigns,
});

const drafts = queryOptions({
  queryKey: [...keys.campaigns, "drafts"],
  queryFn: async ({ signal }) => (await api.get("/v1/campaigns", { query: { status: "draft", limit: 3 }, signal })).campaigns,
});

const clientCount = queryOptions({ queryKey: [...keys.clients, "count"], queryFn: ({ signal }) => api.get("/v1/clients/count", { signal }) });

/* All of them, before the page is drawn. */
export function prepare(queryClient: QueryClient): Promise<unknown> {
  return Promise.allSettled([queryClient.query(active), queryClient.query(recent), queryClient.query(drafts), queryClient.query(clientCount)]);
}

export function useActive() {
  return useQuery({
    ...active,
    refetchInterval: ({ state }) => (state.data?.campaigns.some(({ status }) => status === "running") === true ? lookAgainMs : idleMs),
  });
}

export function useRecent() {
  return useQuery({ ...recent, refetchInterval: idleMs });
}

export function useDrafts() {
  return useQuery(drafts);
}

export function useClientCount() {
  return useQuery(clientCount);
}
