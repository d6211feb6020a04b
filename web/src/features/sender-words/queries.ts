/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { useRight } from "@/shared/hooks/useMe";

/* Those that are switched on come first. Nobody asks without the right. */
export function useSenderList() {
  const enabled = useRight("senders.read");
  return useQuery({ queryKey: keys.senders, queryFn: async ({ signal }) => (await api.get("/v1/senders", { signal })).senders, staleTime: 30_000, enabled });
}

export function useSenderRules() {
  const enabled = useRight("senders.read");
  return useQuery({ queryKey: keys.senderRules, queryFn: ({ signal }) => api.get("/v1/sender-rules", { signal }), staleTime: 30_000, enabled });
}
