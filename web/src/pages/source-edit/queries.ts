/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Id, Source } from "@/api/types";
import type { SourceFields } from "@/features/source-words/queries";

export function useKinds() {
  return useQuery({ queryKey: [...keys.sources, "kinds"], queryFn: async ({ signal }) => (await api.get("/v1/source-kinds", { signal })).kinds, staleTime: Infinity });
}

/* One that is off is tried at once. Where that cannot be asked for, its page has the button. */
async function tryIt({ id, enabled }: Source): Promise<void> {
  if (enabled) return;
  await api.post("/v1/sources/{id}/runs", { path: { id }, body: { dry_run: true } }).catch(() => undefined);
}

/* Null: a new one. */
export function useSaveSource(id: Id | null, onSaved: (source: Source) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: SourceFields) => {
      const source = id === null ? await api.post("/v1/sources", { body }) : await api.put("/v1/sources/{id}", { path: { id }, body });
      await tryIt(source);
      return source;
    },
    onSuccess: (source) => {
      void queryClient.invalidateQueries({ queryKey: keys.source(source.id) });
      void queryClient.invalidateQueries({ queryKey: keys.sources });
      onSaved(source);
    },
  });
}
