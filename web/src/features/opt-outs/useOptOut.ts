/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a number said stop to, and the deeds that change it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";

export type OptOut = Answer<"/v1/opt-outs", "put">;
export type Scope = OptOut["scope"];

/* What a number is to receive no more; null: it takes everything. */
export type Wish = Scope | null;

const keyOf = (phone: string) => ["opt-outs", phone] as const;

/* Null: the number takes all messages. */
export function useOptOut(phone: string) {
  return useQuery({
    queryKey: keyOf(phone),
    queryFn: async ({ signal }) => (await api.post("/v1/opt-outs/search", { body: { phone, limit: 1 }, signal })).opt_outs[0] ?? null,
  });
}

export function useChangeOptOut(phone: string, onDone: (wish: Scope) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (wish: Scope) => api.put("/v1/opt-outs", { body: { phone, scope: wish } }),
    onSuccess: (optOut, wish) => {
      queryClient.setQueryData(keyOf(phone), optOut);
      // Clients show what they said stop to.
      void queryClient.invalidateQueries({ queryKey: keys.clients });
      void queryClient.invalidateQueries({ queryKey: ["client"] });
      onDone(wish);
    },
  });
}
