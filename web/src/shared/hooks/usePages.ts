/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lists that come in pages, one after another. */
import { useInfiniteQuery, type QueryKey } from "@tanstack/react-query";

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
}: {
  queryKey: QueryKey;
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<P>;
  rows: (page: P) => readonly Row[];
  enabled?: boolean;
  refetchInterval?: number | false;
}) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled,
    refetchInterval,
  });
  return {
    rows: query.data?.pages.flatMap(rows),
    error: query.error,
    again: () => void query.refetch(),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    loadingMore: query.isFetchingNextPage,
  };
}
