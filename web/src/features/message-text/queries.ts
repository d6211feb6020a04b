/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a text is written with: fields of clients, and clients to look at it with. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { useDebounced } from "@/shared/hooks/useDebounced";

export type Placeholder = Answer<"/v1/placeholders", "get">["placeholders"][number];
export type Preview = Answer<"/v1/texts/preview", "post">;
export type Sample = Preview["samples"][number];

export function usePlaceholders() {
  return useQuery({
    queryKey: [...keys.clients, "placeholders"],
    queryFn: async ({ signal }) => (await api.get("/v1/placeholders", { signal })).placeholders,
    staleTime: 60_000,
  });
}

const settleMs = 300;
const samplesShown = 8;

/* How clients of the list would read the text, once the fingers rest. Until the next answer the one
 * before stands, so that the picture does not flicker. */
export function useTextPreview(text: string, listId: string | null) {
  const asked = useDebounced(text, settleMs);
  const query = useQuery({
    queryKey: [...keys.clients, "preview", listId, asked],
    queryFn: ({ signal }) => api.post("/v1/texts/preview", { body: { text: asked, list_id: listId, limit: samplesShown }, signal }),
    enabled: asked.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  const hasText = text.trim() !== "";
  return {
    preview: hasText ? query.data : undefined,
    /* What is shown belongs to the text as it stands. */
    isFresh: hasText && asked === text && query.data !== undefined && !query.isPlaceholderData,
    error: query.error,
    again: () => void query.refetch(),
  };
}
