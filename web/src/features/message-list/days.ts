/* SPDX-License-Identifier: AGPL-3.0-or-later */
import dayjs from "dayjs";

export interface Day<T> {
  /* Its first moment here, where the reader is. */
  start: string;
  messages: T[];
}

/* Messages in the order they come in, gathered by the reader's calendar. */
export function byDay<T extends { created_at: string }>(messages: readonly T[]): Day<T>[] {
  const days: Day<T>[] = [];
  for (const message of messages) {
    const start = dayjs(message.created_at).startOf("day").toISOString();
    const last = days.at(-1);
    if (last?.start === start) last.messages.push(message);
    else days.push({ start, messages: [message] });
  }
  return days;
}
