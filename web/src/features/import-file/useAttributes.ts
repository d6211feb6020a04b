/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

/* The attributes clients have. */
export function useAttributes() {
  return useQuery({
    queryKey: keys.attributes,
    queryFn: async ({ signal }) => (await api.get("/v1/attributes", { signal })).attributes,
    staleTime: 60_000,
  });
}
