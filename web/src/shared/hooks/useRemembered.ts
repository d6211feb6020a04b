/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useLocation } from "react-router";

/* useState that outlives the page: who goes back in the browser's history finds what was typed. It belongs to
 * one entry of the history, stands in memory alone, and is forgotten minutes after the page was left and when
 * another person signs in. */
export function useRemembered<T>(name: string, initial: T): [T, (value: T) => void] {
  const queryClient = useQueryClient();
  const { key } = useLocation();
  // Keeps it while the page is there.
  const { data } = useQuery<T>({ queryKey: ["remembered", name, key], queryFn: skipToken, initialData: () => initial, staleTime: Infinity });
  // The cache tells its readers a moment later: too late for a field, which would lose what is typed quickly.
  const [now, setNow] = useState({ key, value: data ?? initial });
  const value = now.key === key ? now.value : (data ?? initial);
  const change = useCallback(
    (next: T) => {
      setNow({ key, value: next });
      queryClient.setQueryData<T>(["remembered", name, key], () => next);
    },
    [queryClient, name, key],
  );
  return [value, change];
}
