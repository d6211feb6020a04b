/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the page of a pool asks. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";

export type Pool = Answer<"/v1/promo-pools/{id}", "get">;

export function usePool(id: string) {
  return useQuery({ queryKey: keys.promoPool(id), queryFn: ({ signal }) => api.get("/v1/promo-pools/{id}", { path: { id }, signal }) });
}

export function useLoadCodes(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (codes: Blob) => api.post("/v1/promo-pools/{id}/codes", { path: { id }, body: codes }),
    onSuccess: (pool) => {
      queryClient.setQueryData(keys.promoPool(id), pool);
      void queryClient.invalidateQueries({ queryKey: keys.promoPools });
    },
  });
}

export function useDeletePool(id: string, onDeleted: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete("/v1/promo-pools/{id}", { path: { id } }),
    onSuccess: () => {
      onDeleted();
      void queryClient.invalidateQueries({ queryKey: keys.promoPools, refetchType: "none" });
    },
  });
}
