/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the pages of sources ask and do. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type RequestBody } from "@/api/client";
import { keys } from "@/api/keys";
import type { Id, Source } from "@/api/types";
import { isGoing } from "./state";

export type SourceFields = Exclude<NonNullable<RequestBody<"/v1/sources/{id}", "put">>, Blob>;
export type Column = NonNullable<SourceFields["columns"]>[number];

const lookAgainMs = 1000;

/* Looked at again while it is read. */
export function useSource(id: Id) {
  return useQuery({
    queryKey: keys.source(id),
    queryFn: ({ signal }) => api.get("/v1/sources/{id}", { path: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.last_run != null && isGoing(state.data.last_run) ? lookAgainMs : false),
  });
}

/* A source as it is told to be anew: everything but its secret, which stays. */
export function fieldsOf({ name, kind, enabled, mode, cursor_column, every_min, daily_at, settings, columns }: Source): SourceFields {
  return { name, kind, enabled, mode, cursor_column, every_min, daily_at, settings, ...(columns.length === 0 ? {} : { columns: columns.map(({ header, field, attribute }) => ({ header, field, attribute })) }) };
}

export function usePutSource(id: Id, onDone?: (source: Source) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: SourceFields) => api.put("/v1/sources/{id}", { path: { id }, body }),
    onSuccess: (source) => {
      queryClient.setQueryData(keys.source(id), source);
      void queryClient.invalidateQueries({ queryKey: keys.sources });
      onDone?.(source);
    },
  });
}

export interface RunWish {
  /* Everything is done and taken back: what would change is told. */
  dry_run: boolean;
  /* Everything is read, whatever the mode. */
  complete?: boolean;
}

export function useRunSource(id: Id, onAsked?: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: RunWish) => api.post("/v1/sources/{id}/runs", { path: { id }, body }),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: keys.source(id) });
      void queryClient.invalidateQueries({ queryKey: keys.sources });
      onAsked?.();
    },
  });
}
