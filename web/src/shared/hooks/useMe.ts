/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who is signed in. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use } from "react";
import { keys } from "@/api/keys";
import { fetchMe } from "@/api/me";
import type { Me, Right } from "@/api/types";

export function useMeQuery() {
  return useQuery({ queryKey: keys.me, queryFn: ({ signal }) => fetchMe(signal), staleTime: 60_000 });
}

/* Another person takes the place of this one, or nobody does (null). */
export function useChangePerson(): (me: Me | null) => void {
  const queryClient = useQueryClient();
  return (me) => {
    // What the cache holds was asked by the one before. The query of who is signed in stays, for the shell looks at it.
    queryClient.getMutationCache().clear();
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] });
    queryClient.setQueryData(keys.me, me);
  };
}

export const MeContext = createContext<Me | null>(null);

/* Pages are shown to nobody else, so there is somebody. */
export function useMe(): Me {
  const me = use(MeContext);
  if (me === null) throw new Error("a page is shown to nobody");
  return me;
}

export function useRight(right: Right): boolean {
  return useMe().rights.includes(right);
}
