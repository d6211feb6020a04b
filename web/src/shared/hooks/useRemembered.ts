/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useLocation } from "react-router";

/* useState that outlives the page: who goes back in the browser's history finds what was typed. It belongs to
 * one entry of the history, stands in memory alone, and is forgotten minutes after the page was left and when
 * another person signs in. */
export function useRemembered<T>(name: string, initial: T): [T, (value: T) => void] {
  const queryClient = useQueryClient();
  const { key } = useLocation();
  const { data } = useQuery<T>({ queryKey: ["remembered", name, key], queryFn: skipToken, initialData: () => initial, staleTime: Infinity });
  const change = useCallback((value: T) => void queryClient.setQueryData<T>(["remembered", name, key], () => value), [queryClient, name, key]);
  return [data ?? initial, change];
}
