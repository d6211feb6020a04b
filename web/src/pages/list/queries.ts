/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the page of a list asks. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Answer, type RequestBody } from "@/api/client";
import { keys } from "@/api/keys";
import type { Tree } from "./catalog";

export type WholeList = Answer<"/v1/lists/{id}", "get">;
export type ListRow = Answer<"/v1/lists", "get">["lists"][number];
export type Breakdown = Answer<"/v1/criteria/breakdown", "post">["breakdowns"][number];
export type Grouping = Breakdown["by"];

export function useList(id: string) {
  return useQuery({ queryKey: keys.list(id), queryFn: ({ signal }) => api.get("/v1/lists/{id}", { path: { id }, signal }) });
}

export function useCatalog() {
  return useQuery({ queryKey: keys.criteria, queryFn: ({ signal }) => api.get("/v1/criteria", { signal }), staleTime: 60_000 });
}

/* As many lists as there are, for who chooses one of them. */
const listPagesMax = 10;

async function allLists(signal: AbortSignal): Promise<ListRow[]> {
  const lists: ListRow[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < listPagesMax; page++) {
    const answer: Answer<"/v1/lists", "get"> = await api.get("/v1/lists", { query: { limit: 200, ...(cursor === null ? {} : { cursor }) }, signal });
    lists.push(...answer.lists);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  return lists.toSorted((a, b) => a.name.localeCompare(b.name));
}

export function useLists() {
  return useQuery({ queryKey: [...keys.lists, "by name"], queryFn: ({ signal }) => allLists(signal) });
}

export function useAllCount() {
  return useQuery({ queryKey: [...keys.clients, "count"], queryFn: ({ signal }) => api.get("/v1/clients/count", { signal }) });
}

/* Answers about a tree are kept for a while: who takes a condition away again sees the number at once. */
const keptMs = 60_000;

/* The number of the tree before stands until the new one is there; a question nobody waits for is given up. */
export function useCount(tree: Tree | null) {
  return useQuery({
    queryKey: [...keys.criteria, "count", tree],
    queryFn: ({ signal }) => api.post("/v1/criteria/count", { body: { criteria: tree ?? {} }, signal }),
    enabled: tree !== null,
    placeholderData: keepPreviousData,
    staleTime: keptMs,
    retry: false,
  });
}

const previewRows = 10;

export function usePreview(tree: Tree | null) {
  return useQuery({
    queryKey: [...keys.criteria, "preview", tree],
    queryFn: async ({ signal }) => (await api.post("/v1/criteria/preview", { body: { criteria: tree ?? {}, limit: previewRows }, signal })).clients,
    enabled: tree !== null,
    placeholderData: keepPreviousData,
    staleTime: keptMs,
    retry: false,
  });
}

export function useWhy(tree: Tree, clientId: string) {
  return useQuery({
    queryKey: [...keys.criteria, "why", tree, clientId],
    queryFn: async ({ signal }) => (await api.post("/v1/criteria/why", { body: { criteria: tree, client_id: clientId }, signal })).conditions,
    retry: false,
  });
}

/* Of everybody when there is no tree. */
export function useBreakdown(tree: Tree | null, by: readonly Grouping[], enabled: boolean) {
  return useQuery({
    queryKey: [...keys.criteria, "breakdown", tree, by],
    queryFn: async ({ signal }) => (await api.post("/v1/criteria/breakdown", { body: { criteria: tree, by: [...by] }, signal })).breakdowns,
    enabled,
    placeholderData: keepPreviousData,
    staleTime: keptMs,
    retry: false,
  });
}

/* --- changing */

function useKeep() {
  const queryClient = useQueryClient();
  return (list: WholeList) => {
    queryClient.setQueryData(keys.list(list.id), list);
    void queryClient.invalidateQueries({ queryKey: keys.lists });
  };
}

/* A new list when there is no id. */
export function useSaveList(id: string | null, onSaved: (list: WholeList) => void) {
  const keep = useKeep();
  return useMutation({
    mutationFn: (body: NonNullable<RequestBody<"/v1/lists", "post">>): Promise<WholeList> => (id === null ? api.post("/v1/lists", { body }) : api.put("/v1/lists/{id}", { path: { id }, body })),
    onSuccess: (list) => {
      keep(list);
      onSaved(list);
    },
  });
}

export function useRenameList(id: string, onRenamed: () => void) {
  const keep = useKeep();
  return useMutation({
    mutationFn: (name: string) => api.patch("/v1/lists/{id}", { path: { id }, body: { name } }),
    onSuccess: (list) => {
      keep(list);
      onRenamed();
    },
  });
}

export function useRefreshList(id: string) {
  const keep = useKeep();
  return useMutation({ mutationFn: () => api.post("/v1/lists/{id}/refresh", { path: { id } }), onSuccess: keep });
}

export function useDeleteList(id: string, onDeleted: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete("/v1/lists/{id}", { path: { id } }),
    onSuccess: () => {
      onDeleted();
      // Not at once: this page is there for a moment more, and would ask for the list that is gone.
      void queryClient.invalidateQueries({ queryKey: keys.lists, refetchType: "none" });
    },
  });
}
