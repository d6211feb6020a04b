/* SPDX-License-Identifier: AGPL-3.0-or-later */
import dayjs from "dayjs";
import type { Answer } from "@/api/client";

export type TimelineEvent = Answer<"/v1/clients/{id}/timeline", "get">["events"][number];
export type Kind = TimelineEvent["kind"];

export const kinds = ["message", "reply", "action", "stop"] as const satisfies readonly Kind[];

export interface Day {
  /* Its first moment here, where the reader is. */
  start: string;
  events: { key: string; event: TimelineEvent }[];
}

/* In the order they come, gathered by the reader's calendar. Two actions may be alike to the last letter, so that only
 * their places tell them apart. */
export function daysOf(events: readonly TimelineEvent[]): Day[] {
  const days: Day[] = [];
  events.forEach((event, place) => {
    const start = dayjs(event.at).startOf("day").toISOString();
    const key = `${event.kind} ${event.message?.id ?? event.reply?.id ?? place}`;
    const last = days.at(-1);
    if (last?.start === start) last.events.push({ key, event });
    else days.push({ start, events: [{ key, event }] });
  });
  return days;
}
