/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is going on with a campaign, finer than its status: "running" goes on until the last receipt has
 * come, long after the last message has left. */
import { isOver } from "@/api/stream";
import type { Campaign, Progress } from "@/api/types";

export type Phase =
  | "planned"
  /* Paused before it has begun. */
  | "held"
  | "gathering"
  | "sending"
  /* All has left; receipts come in. */
  | "receipts"
  | "paused"
  /* Stopped, and what was not sent is being cancelled. */
  | "stopping"
  | "stopped"
  /* Stopped before it has begun. */
  | "called_off"
  | "finished"
  | "failed";

type Known = Pick<Progress, "status" | "run_id" | "snapshot_at" | "finished_at" | "left">;

export function phaseOf(progress: Known): Phase {
  const { status, run_id, snapshot_at, left } = progress;
  switch (status) {
    case "running":
      if (snapshot_at === null) return "gathering";
      return left > 0 ? "sending" : "receipts";
    case "paused":
      return run_id === null ? "held" : "paused";
    case "cancelled":
      if (run_id === null) return "called_off";
      return left > 0 && !isOver(progress) ? "stopping" : "stopped";
    case "finished":
    case "failed":
      return status;
    case "draft":
    case "planned":
      return "planned";
  }
}

/* Something is left that a pause or a stop would keep from leaving. */
export function canBeStopped(phase: Phase): boolean {
  return phase === "planned" || phase === "held" || phase === "gathering" || phase === "sending" || phase === "paused";
}

/* Accepted by the operator, fate not known yet. */
export function awaited(counts: Pick<Progress, "accepted" | "delivered" | "undelivered" | "expired" | "rejected" | "unknown">): number {
  return Math.max(0, counts.accepted - counts.delivered - counts.undelivered - counts.expired - counts.rejected - counts.unknown);
}

/* How much of the bar is filled, 0..1, and how much of that was delivered. */
export function barOf(progress: Known & Pick<Progress, "audience" | "accepted" | "delivered">): { done: number; delivered: number } {
  const { audience, left, accepted, delivered } = progress;
  if (audience === 0) return { done: 0, delivered: 0 };
  // What was stopped is not done, though nothing of it is left.
  const done = progress.status === "cancelled" ? accepted : audience - left;
  return { done: done / audience, delivered: delivered / audience };
}

/* When the last message will have left; null while nobody can tell. */
export function finishTime({ eta_s }: Pick<Progress, "eta_s">, nowMs: number): string | null {
  return eta_s === null ? null : new Date(nowMs + eta_s * 1000).toISOString();
}

/* Nothing leaves later than this; null before it has begun. */
export function deadline({ validity_s }: Pick<Campaign, "validity_s">, { started_at }: Pick<Progress, "started_at">): string | null {
  return started_at === null ? null : new Date(Date.parse(started_at) + validity_s * 1000).toISOString();
}
