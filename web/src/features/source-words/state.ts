/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a source stands, in the one word that matters most. */
import type { Source, SourceRun } from "@/api/types";

export type SourceState = "held" | "reading" | "failed" | "off" | "on";

export function isGoing({ status }: Pick<SourceRun, "status">): boolean {
  return status === "waiting" || status === "running";
}

export type Standing = Pick<Source, "enabled" | "last_run" | "held_run_id">;

/* A trial that failed is no failure of the source. */
export function stateOf({ enabled, last_run: run, held_run_id: held }: Standing): SourceState {
  if (held !== null) return "held";
  if (run !== null && isGoing(run)) return "reading";
  if (!enabled) return "off";
  return run?.status === "failed" && !run.dry_run ? "failed" : "on";
}

/* What the 2 % are of, as the share of those the source had before. */
export function missingShare({ clients_missing: missing, clients_known: known }: Pick<SourceRun, "clients_missing" | "clients_known">): number {
  return known === 0 ? 0 : missing / known;
}
