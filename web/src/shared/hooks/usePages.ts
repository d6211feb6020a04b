/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lists that come in pages, one after another. */
import { keepPreviousData, useInfiniteQuery, type QueryKey } from "@tanstack/react-query";

interface PageOfRows {
  next_cursor: string | null;
}

/* usePages({ queryKey: keys.campaigns, load: (cursor, signal) => api.get("/v1/campaigns", { query: { cursor }, signal }),
 *            rows: (page) => page.campaigns }) */
export function usePages<P extends PageOfRows, Row>({
  queryKey,
  load,
  rows,
  enabled = true,
  refetchInterval = false,
  keepRows = false,
}: {
  queryKey: QueryKey;
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<P>;
  rows: (page: P) => readonly Row[];
  enabled?: boolean;
  /* How soon the pages that are shown are asked for again; it may depend on what is shown. */
  refetchInterval?: number | false | ((rows: readonly Row[]) => number | false);
  /* With another key the rows of the one before stay until the new ones are there. */
  keepRows?: boolean;
}) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled,
    refetchInterval: typeof refetchInterval === "function" ? ({ state }) => refetchInterval(state.data?.pages.flatMap(rows) ?? []) : refetchInterval,
    ...(keepRows ? { placeholderData: keepPreviousData } : {}),
  });
  return {
    rows: query.data?.pages.flatMap(rows),
    error: query.error,
    isStale: query.isPlaceholderData,
    again: () => void query.refetch(),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    loadingMore: query.isFetchingNextPage,
  };
}
