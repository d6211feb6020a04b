/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The way from the list to the telephones: how many came as far as each stage, and where the others stayed. */
import type { Campaign } from "@/api/types";
import { awaited } from "./phase";

export type Counts = NonNullable<Campaign["counts"]>;
export type StageKey = "list" | "left_out" | "messages" | "accepted" | "delivered";
export type LossKey = "duplicates" | "excluded" | "not_made" | "stopped" | "not_sent" | "cancelled" | "failed" | "awaited" | "undelivered" | "expired" | "rejected" | "unknown";

export interface Loss {
  key: LossKey;
  count: number;
}

export interface Stage {
  key: StageKey;
  count: number;
  /* Of the clients on the list, 0..1. */
  share: number;
  /* Where the bar begins: those left out are drawn at the end they are cut from. */
  from: number;
  losses: readonly Loss[];
}

/* Messages that have not left, of those made. */
function waiting(counts: Counts, notMade: number): number {
  return Math.max(0, counts.left - notMade);
}

function lossesOf(counts: Counts, stoppedEarly: number): Record<StageKey, Loss[]> {
  const notMade = counts.left === 0 ? 0 : Math.max(0, counts.audience - counts.suppressed - counts.messages);
  return {
    list: [],
    left_out: [
      { key: "duplicates", count: counts.duplicates },
      { key: "excluded", count: counts.suppressed - stoppedEarly },
    ],
    messages: [
      { key: "not_made", count: notMade },
      { key: "stopped", count: stoppedEarly },
    ],
    accepted: [
      { key: "not_sent", count: waiting(counts, notMade) },
      { key: "cancelled", count: counts.cancelled },
      { key: "failed", count: counts.failed },
    ],
    delivered: [
      { key: "awaited", count: awaited(counts) },
      { key: "undelivered", count: counts.undelivered },
      { key: "expired", count: counts.expired },
      { key: "rejected", count: counts.rejected },
      { key: "unknown", count: counts.unknown },
    ],
  };
}

/* `stoppedEarly`: those suppressed only because the campaign was stopped. */
export function funnelOf(counts: Counts, stoppedEarly: number): readonly Stage[] {
  const list = counts.audience + counts.duplicates;
  const losses = lossesOf(counts, stoppedEarly);
  const share = (count: number) => (list === 0 ? 0 : count / list);
  const stage = (key: StageKey, count: number): Stage => ({ key, count, share: share(count), from: 0, losses: losses[key].filter((loss) => loss.count > 0) });
  const leftOut = stage("left_out", counts.duplicates + counts.suppressed - stoppedEarly);
  return [
    stage("list", list),
    { ...leftOut, from: 1 - leftOut.share },
    stage("messages", counts.messages),
    stage("accepted", counts.accepted),
    stage("delivered", counts.delivered),
  ];
}
