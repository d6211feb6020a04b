/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type RequestBody } from "@/api/client";
import { keys } from "@/api/keys";
import type { Id } from "@/api/types";

export type NewAttribute = Exclude<NonNullable<RequestBody<"/v1/attributes", "post">>, Blob>;
export type AttributeChange = Exclude<NonNullable<RequestBody<"/v1/attributes/{id}", "patch">>, Blob>;

/* Clients, criteria, placeholders: all of them name attributes. */
function useRefresh() {
  const queryClient = useQueryClient();
  return async () => {
    void queryClient.invalidateQueries({ queryKey: keys.clients });
    void queryClient.invalidateQueries({ queryKey: ["client"] });
    void queryClient.invalidateQueries({ queryKey: keys.criteria });
    await queryClient.invalidateQueries({ queryKey: keys.attributes });
  };
}

export function useCreateAttribute(onDone: () => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewAttribute) => api.post("/v1/attributes", { body }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
  });
}

export function useChangeAttribute(id: Id, onDone: () => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: AttributeChange) => api.patch("/v1/attributes/{id}", { path: { id }, body }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
  });
}

export function useDeleteAttribute(id: Id, onDone: () => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api.delete("/v1/attributes/{id}", { path: { id } }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
  });
}

/* What reads it now, never as some cache remembers it. Apart from the others' keys: of one that is deleted nobody asks. */
export function useUse(id: Id) {
  return useQuery({ queryKey: ["attribute-use", id], queryFn: ({ signal }) => api.get("/v1/attributes/{id}/use", { path: { id }, signal }), staleTime: 0 });
}
