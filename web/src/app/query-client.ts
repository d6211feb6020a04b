/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How long answers are believed, and what is asked again. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";

const retriesMax = 2;

/* A refusal stays a refusal; a lost connection and a server in trouble may pass. */
export function shouldRetry(failures: number, error: Error): boolean {
  const { status } = asProblem(error);
  return failures < retriesMax && (status === 0 || status === 429 || status >= 500);
}

/* The session ended under our hands: the sign-in takes the page's place. */
function onError(error: Error): void {
  const problem = asProblem(error);
  if (problem.status === 401 && problem.kind !== "wrong-sign-in") queryClient.setQueryData(keys.me, null);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: { staleTime: 5_000, retry: shouldRetry, retryDelay: (failures) => Math.min(8_000, 500 * 2 ** failures) },
    mutations: { retry: false },
  },
});
