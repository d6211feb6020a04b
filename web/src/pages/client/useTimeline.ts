/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { isUnderWay } from "@/features/message-list/useMessagesTo";
import { usePages } from "@/shared/hooks/usePages";
import type { Kind } from "./timeline";

const lookAgainMs = 5_000;

/* Looked at again while a message's fate may still change. Null: events of every kind. */
export function useTimeline(id: string, kind: Kind | null) {
  return usePages({
    queryKey: keys.timeline(id, kind ?? "all"),
    load: (cursor, signal) =>
      api.get("/v1/clients/{id}/timeline", { path: { id }, query: { limit: 20, ...(kind === null ? {} : { kind }), ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.events,
    refetchInterval: (events) => (events.some(({ message }) => message !== undefined && message !== null && isUnderWay(message)) ? lookAgainMs : false),
  });
}
