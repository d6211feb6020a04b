/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a breakdown shows: groups in a good order, then all others, then those of whom it is not known. */
import type { Breakdown } from "./queries";

export interface Bar {
  kind: "group" | "other" | "unknown";
  /* Empty unless a group. */
  value: string;
  clients: number;
}

/* A picture has room for few; the table has all that apid tells. */
const chartGroups = 8;

/* Ages by age; everything else the greatest first, as apid tells it. */
function ordered({ by, groups }: Breakdown): Breakdown["groups"] {
  return by === "age" ? groups.toSorted((a, b) => Number.parseInt(a.value, 10) - Number.parseInt(b.value, 10)) : groups;
}

const sum = (groups: Breakdown["groups"]) => groups.reduce((clients, group) => clients + group.clients, 0);

export function totalOf({ groups, other, unknown }: Breakdown): number {
  return sum(groups) + other + unknown;
}

export function barsOf(breakdown: Breakdown, where: "chart" | "table"): Bar[] {
  const groups = ordered(breakdown);
  const shown = where === "chart" && groups.length > chartGroups ? groups.slice(0, chartGroups) : groups;
  const bars: Bar[] = [
    ...shown.map(({ value, clients }) => ({ kind: "group" as const, value, clients })),
    { kind: "other", value: "", clients: breakdown.other + sum(groups.slice(shown.length)) },
    { kind: "unknown", value: "", clients: breakdown.unknown },
  ];
  return bars.filter(({ kind, clients }) => kind === "group" || clients > 0);
}
