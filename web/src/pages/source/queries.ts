/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the page of one source asks and does beside what all pages of sources do. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, urlOf, type Answer } from "@/api/client";
import { fetchFile } from "@/api/fetch-file";
import { keys } from "@/api/keys";
import type { Id } from "@/api/types";
import { readBadRows } from "@/features/import-file/bad-rows";
import { isGoing } from "@/features/source-words/state";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { usePages } from "@/shared/hooks/usePages";

export type WholeRun = Answer<"/v1/sources/{id}/runs/{run}", "get">;
export type Difference = NonNullable<WholeRun["difference"]>;

const lookAgainMs = 1000;

/* Undefined: of none. */
export function useRun(id: Id, run: Id | undefined) {
  return useQuery({
    queryKey: [...keys.source(id), "run", run],
    queryFn: ({ signal }) => api.get("/v1/sources/{id}/runs/{run}", { path: { id, run: run ?? "" }, signal }),
    enabled: run !== undefined,
    refetchInterval: ({ state }) => (state.data !== undefined && isGoing(state.data) ? lookAgainMs : false),
  });
}

export function useRuns(id: Id) {
  return usePages({
    queryKey: [...keys.source(id), "runs"],
    load: (cursor, signal) => api.get("/v1/sources/{id}/runs", { path: { id }, query: { limit: 20, ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.runs,
    refetchInterval: (runs) => (runs.some(isGoing) ? lookAgainMs : false),
  });
}

export function fetchRefused(id: Id, run: Id, signal?: AbortSignal): Promise<Response> {
  return fetchFile(urlOf("/v1/sources/{id}/runs/{run}/refused", { path: { id, run } }), signal);
}

/* The first rows a run refused; of one without such rows nothing is asked. */
export function useRefused(id: Id, run: WholeRun | undefined) {
  const language = useLanguage();
  return useQuery({
    // apid words what is expected: in another language it is another answer.
    queryKey: [...keys.source(id), "refused", run?.id, language],
    queryFn: async ({ signal }) => readBadRows(await fetchRefused(id, run?.id ?? "", signal)),
    staleTime: Infinity,
    enabled: run !== undefined && run.rows_bad > 0 && !isGoing(run),
  });
}

/* Whoever was missing is gone, or stays. */
export function useVerdict(id: Id, run: Id) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (areGone: boolean) =>
      areGone ? api.post("/v1/sources/{id}/runs/{run}/confirm", { path: { id, run } }) : api.post("/v1/sources/{id}/runs/{run}/drop", { path: { id, run } }),
    onSuccess: (decided) => queryClient.setQueryData([...keys.source(id), "run", run], decided),
    // Refused as well: somebody else has decided meanwhile.
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: keys.source(id) });
      void queryClient.invalidateQueries({ queryKey: keys.sources });
      void queryClient.invalidateQueries({ queryKey: keys.clients });
    },
  });
}

export function useDeleteSource(id: Id, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete("/v1/sources/{id}", { path: { id } }),
    onSuccess: () => {
      onDone();
      queryClient.removeQueries({ queryKey: keys.source(id) });
      void queryClient.invalidateQueries({ queryKey: keys.sources });
    },
  });
}
