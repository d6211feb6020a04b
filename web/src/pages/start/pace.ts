/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* When a running campaign will have sent everything, from how fast "left" has been falling. One list
 * request every two seconds answers for all campaigns; a stream each would use up the browser's six
 * connections. */
import type { Campaign } from "@/api/types";

interface Sample {
  atMs: number;
  left: number;
}
export type Samples = Readonly<Record<string, readonly Sample[]>>;

/* The pace is that of the last minute. */
const windowMs = 60_000;
const shortestMs = 1500;

export function addSamples(before: Samples, campaigns: readonly Campaign[], nowMs: number): Samples {
  const running = campaigns.flatMap(({ id, status, counts }) => (status === "running" && counts !== null ? [{ id, left: counts.left }] : []));
  return Object.fromEntries(
    running.map(({ id, left }) => {
      const kept = (before[id] ?? []).filter((sample) => nowMs - sample.atMs <= windowMs);
      return [id, [...kept, { atMs: nowMs, left }]];
    }),
  );
}

/* Seconds until the last message is sent; null while nobody can tell. */
export function secondsLeft(samples: readonly Sample[] | undefined): number | null {
  const first = samples?.at(0);
  const last = samples?.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < shortestMs) return null;
  const perMs = (first.left - last.left) / (last.atMs - first.atMs);
  return perMs > 0 ? Math.round(last.left / perMs / 1000) : null;
}
