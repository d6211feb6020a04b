/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Message } from "@/api/types";
import { usePages } from "@/shared/hooks/usePages";

const lookAgainMs = 5_000;

/* Its fate may still change. */
export function isUnderWay({ state }: Pick<Message, "state">): boolean {
  return state === "queued" || state === "claimed" || state === "accepted";
}

/* Messages to a number, the newest first. */
export function useMessagesTo(phone: string, enabled = true) {
  return usePages({
    queryKey: [...keys.messages, "to", phone],
    load: (cursor, signal) => api.post("/v1/messages/search", { body: { phone, limit: 20, ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.messages,
    enabled,
    refetchInterval: (messages) => (messages.some(isUnderWay) ? lookAgainMs : false),
  });
}
