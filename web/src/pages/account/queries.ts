/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Id } from "@/api/types";

/* Switches an account on or off. */
export function useSwitch(id: Id, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (enabled: boolean) => api.patch("/v1/accounts/{id}", { path: { id }, body: { enabled } }),
    onSuccess: (account) => {
      queryClient.setQueryData(keys.account(id), account);
      void queryClient.invalidateQueries({ queryKey: keys.accounts });
      void queryClient.invalidateQueries({ queryKey: keys.troubles });
      onDone();
    },
  });
}
