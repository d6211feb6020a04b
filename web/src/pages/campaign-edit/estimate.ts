/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How an estimate stands, and what its figures say in place of those of a sample. */
import type { Answer } from "@/api/client";

export type Estimated = Answer<"/v1/campaigns/{id}/estimate", "get">;
type Checked = Answer<"/v1/campaigns/{id}/check", "get">;
type Stage = "none" | "counting" | "failed" | "changed" | "done";

/* One of a campaign that was changed since is counted no further by anybody who looks at it. */
export function stageOf(estimate: Estimated): Stage {
  if (!estimate.current) return "changed";
  if (estimate.status === "waiting" || estimate.status === "running") return "counting";
  return estimate.status;
}

/* The check with the figures that were counted over everybody, where there are such. */
export function withEstimate(check: Checked, estimate: Estimated | undefined): Checked {
  if (check.exact || estimate === undefined || stageOf(estimate) !== "done" || estimate.result === null) return check;
  const { clients, recipients, left_out, parts, parts_per_message, cost } = estimate.result;
  return { ...check, clients, recipients, left_out: left_out as Checked["left_out"], parts, parts_per_message, cost, exact: true };
}
