/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a text is written with: fields of clients, and clients to look at it with. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { useDebounced } from "@/shared/hooks/useDebounced";
import type { Spelling } from "./spelling";

export type Placeholder = Answer<"/v1/placeholders", "get">["placeholders"][number];
export type Preview = Answer<"/v1/texts/preview", "post">;
export type Sample = Preview["samples"][number];
export type Lacking = NonNullable<Preview["lacking"]>;
export type Pool = Answer<"/v1/promo-pools", "get">["pools"][number];

/* A list may have columns of its own, which are fields of texts to it. */
export function usePlaceholders(listId: string | null = null) {
  return useQuery({
    queryKey: [...keys.clients, "placeholders", listId],
    queryFn: async ({ signal }) => (await api.get("/v1/placeholders", { query: listId === null ? {} : { list_id: listId }, signal })).placeholders,
    staleTime: 60_000,
  });
}

/* Every name that a text may call a field; undefined while nobody can tell. */
export function useKnownNames(listId: string | null = null): ReadonlySet<string> | undefined {
  const { data } = usePlaceholders(listId);
  return useMemo(() => data && new Set(data.flatMap(({ name, russian }) => (russian === null ? [name] : [name, russian]))), [data]);
}

const settleMs = 300;
/* Every client is looked at: not before the sentence is written. */
const thoroughSettleMs = 1200;
const samplesShown = 8;

/* How clients of the list would read the text, once the fingers rest. Until the next answer the one
 * before stands, so that the picture does not flicker. */
export function useTextPreview(text: string, spelling: Spelling, listId: string | null, isAllowed = true) {
  const asked = useDebounced(text, settleMs);
  const query = useQuery({
    queryKey: [...keys.clients, "preview", listId, spelling, asked],
    queryFn: ({ signal }) => api.post("/v1/texts/preview", { body: { text: asked, spelling, list_id: listId, limit: samplesShown }, signal }),
    enabled: isAllowed && asked.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  const hasText = text.trim() !== "";
  return {
    preview: hasText ? query.data : undefined,
    /* What is shown belongs to the text as it stands. */
    isFresh: hasText && asked === text && query.data !== undefined && !query.isPlaceholderData,
    error: query.error,
    again: () => void query.refetch(),
  };
}

/* The same of every client: whom the text leaves out, and how long it can become. */
export function useThoroughPreview(text: string, spelling: Spelling, isAllowed: boolean) {
  const asked = useDebounced(text, thoroughSettleMs);
  const query = useQuery({
    queryKey: [...keys.clients, "preview", "thorough", spelling, asked],
    queryFn: ({ signal }) => api.post("/v1/texts/preview", { body: { text: asked, spelling, limit: 1, thorough: true }, signal }),
    enabled: isAllowed && asked.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false,
  });
  return { whole: text.trim() === "" ? undefined : query.data, isFresh: asked === text && !query.isPlaceholderData, error: query.error };
}

/* How many the text may go to: everybody. */
export function useClientCount(isAllowed: boolean) {
  return useQuery({ queryKey: [...keys.clients, "count"], queryFn: ({ signal }) => api.get("/v1/clients/count", { signal }), enabled: isAllowed });
}

const poolPagesMax = 5;

async function allPools(signal: AbortSignal): Promise<Pool[]> {
  const pools: Pool[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < poolPagesMax; page++) {
    const answer: Answer<"/v1/promo-pools", "get"> = await api.get("/v1/promo-pools", { query: { limit: 200, ...(cursor === null ? {} : { cursor }) }, signal });
    pools.push(...answer.pools);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return pools.toSorted((a, b) => a.name.localeCompare(b.name));
}

export function usePools(isAllowed: boolean) {
  return useQuery({ queryKey: [...keys.promoPools, "by name"], queryFn: ({ signal }) => allPools(signal), enabled: isAllowed });
}

export function useLinkSettings(isAllowed: boolean) {
  return useQuery({ queryKey: keys.linkSettings, queryFn: ({ signal }) => api.get("/v1/links/settings", { signal }), enabled: isAllowed, staleTime: 60_000 });
}
