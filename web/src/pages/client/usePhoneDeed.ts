/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { FullClient } from "./About";

export interface PhoneWish {
  how: "prefer" | "end" | "add" | "add_and_prefer";
  phone: string;
}

async function fulfil(id: string, { how, phone }: PhoneWish): Promise<FullClient> {
  const options = { path: { id }, body: { phone } };
  if (how === "end") return api.post("/v1/clients/{id}/phones/end", options);
  // Known of the client first: then the one before stays good, as a choice and no correction.
  if (how === "add_and_prefer") await api.post("/v1/clients/{id}/phones", options);
  return how === "add" ? api.post("/v1/clients/{id}/phones", options) : api.put("/v1/clients/{id}/phone", options);
}

export function usePhoneDeed(id: string, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (wish: PhoneWish) => fulfil(id, wish),
    onSuccess: (client) => {
      onDone();
      queryClient.setQueryData(keys.client(id), client);
      void queryClient.invalidateQueries({ queryKey: keys.clients });
    },
    // Of two steps the first may have been done.
    onError: () => queryClient.invalidateQueries({ queryKey: keys.client(id), exact: true }),
  });
}
