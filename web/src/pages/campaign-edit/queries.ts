/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the wizard asks. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { useClientCount as useCount } from "@/features/message-text/queries";
import { usePages } from "@/shared/hooks/usePages";

export type List = Answer<"/v1/lists", "get">["lists"][number];
export type Template = Answer<"/v1/templates", "get">["templates"][number];
export type Check = Answer<"/v1/campaigns/{id}/check", "get">;

/* Two thousand lists are searched through more easily than asked for one by one. */
const listPagesMax = 10;

async function allLists(signal: AbortSignal): Promise<List[]> {
  const lists: List[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < listPagesMax; page++) {
    const answer: Answer<"/v1/lists", "get"> = await api.get("/v1/lists", { query: { limit: 200, ...(cursor === null ? {} : { cursor }) }, signal });
    lists.push(...answer.lists);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return lists.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
}

/* The newest first: it is the one that was just imported. */
export function useLists() {
  return useQuery({ queryKey: [...keys.lists, "all"], queryFn: ({ signal }) => allLists(signal) });
}

/* Everybody. */
export function useClientCount() {
  return useCount(true);
}

/* Under which names people wrote last, the latest first. */
export function useLastSenders() {
  return useQuery({
    queryKey: [...keys.campaigns, "senders"],
    queryFn: async ({ signal }) => {
      const { campaigns } = await api.get("/v1/campaigns", { query: { limit: 50 }, signal });
      return [...new Set(campaigns.map(({ sender }) => sender).filter((sender) => sender !== ""))];
    },
    staleTime: 60_000,
  });
}

/* Whose name has the query in it. */
export function useTemplates(query: string) {
  return usePages({
    queryKey: [...keys.templates, "choose", query],
    load: (cursor, signal) => api.get("/v1/templates", { query: { cursor, ...(query === "" ? {} : { query }) }, signal }),
    rows: (page) => page.templates,
    keepRows: true,
  });
}

/* What launching would do. `revision` tells one state of the draft from the next; the figures of the one
 * before stand until the new ones come. */
export function useCheck(id: string | null, revision: number, enabled: boolean) {
  return useQuery({
    queryKey: [...keys.campaign(id ?? ""), "check", revision],
    queryFn: ({ signal }) => api.get("/v1/campaigns/{id}/check", { path: { id: id ?? "" }, signal }),
    enabled: enabled && id !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 60_000,
  });
}

/* When, and how often, messages of a kind may leave. */
export function useSendingRules(enabled: boolean) {
  return useQuery({ queryKey: ["sending-rules"], queryFn: ({ signal }) => api.get("/v1/sending-rules", { signal }), staleTime: 60_000, enabled });
}
