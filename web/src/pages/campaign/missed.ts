/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who got nothing: groups by reason, and what a stop kept from leaving. */
import type { Answer } from "@/api/client";
import type { Campaign } from "@/api/types";

export type Summary = Answer<"/v1/campaigns/{id}/missed/summary", "get">;
export type Group = Summary["groups"][number];

/* How the API is asked for a group. */
export function filterOf({ kind, reason }: Pick<Group, "kind" | "reason">): string {
  return `${kind}:${reason ?? "none"}`;
}

/* A filter is "kind:reason", or "kind" for all its reasons. */
export function isWithin(group: Pick<Group, "kind" | "reason">, filter: string): boolean {
  return filter === group.kind || filter === filterOf(group);
}

export function countWithin(groups: readonly Group[], filter: string): number {
  return groups.filter((group) => isWithin(group, filter)).reduce((sum, { count }) => sum + count, 0);
}

/* Whoever had no message made yet when the campaign was stopped. */
export const stoppedEarly = "suppressed:run_cancelled";

/* How many messages a stop kept from leaving: those cancelled, and those that were not made yet. */
export function notSent(counts: Pick<NonNullable<Campaign["counts"]>, "cancelled">, summary: Summary): number {
  return counts.cancelled + countWithin(summary.groups, stoppedEarly);
}
