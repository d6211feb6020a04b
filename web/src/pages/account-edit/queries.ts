/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Id } from "@/api/types";
import type { Account } from "@/features/account-words/queries";
import type { AccountBody } from "./form";

/* Null: a new one. */
export function useSaveAccount(id: Id | null, onSaved: (account: Account) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: AccountBody) => (id === null ? api.post("/v1/accounts", { body }) : api.patch("/v1/accounts/{id}", { path: { id }, body })),
    onSuccess: (account) => {
      queryClient.setQueryData(keys.account(account.id), account);
      void queryClient.invalidateQueries({ queryKey: keys.accounts });
      void queryClient.invalidateQueries({ queryKey: keys.troubles });
      void queryClient.invalidateQueries({ queryKey: keys.providers });
      onSaved(account);
    },
  });
}
