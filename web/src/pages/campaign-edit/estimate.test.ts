/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { describe, expect, test } from "vitest";
import { stageOf, withEstimate, type Estimated } from "./estimate";

const result = { clients: 300_000, recipients: 290_001, left_out: [{ reason: "opt_out", count: 9_999 }], exact: true, parts: 300_002, parts_per_message: 1.03, cost: "600004.00", lines: [] };
const estimate: Estimated = { campaign_id: "1", status: "done", current: true, clients: 300_000, looked_at: 300_000, problem: null, created_at: "2026-01-01T00:00:00Z", finished_at: "2026-01-01T00:00:09Z", forecast: null, result };
const check = { exact: false, clients: 300_000, recipients: 290_500, parts: 300_000, cost: "600000.00", duration_s: 60 } as Parameters<typeof withEstimate>[0];

describe("an estimate", () => {
  test.each([
    ["none", { ...estimate, status: "none" as const, result: null, created_at: null }],
    ["counting", { ...estimate, status: "waiting" as const, result: null }],
    ["counting", { ...estimate, status: "running" as const, result: null }],
    ["failed", { ...estimate, status: "failed" as const, result: null }],
    ["done", estimate],
    ["changed", { ...estimate, current: false }],
  ])("stands as %s", (stage, given) => {
    expect(stageOf(given)).toBe(stage);
  });

  test("takes the place of what a sample said, and of nothing else", () => {
    expect(withEstimate(check, estimate)).toEqual({ ...check, exact: true, clients: 300_000, recipients: 290_001, left_out: result.left_out, parts: 300_002, parts_per_message: 1.03, cost: "600004.00" });
    expect(withEstimate({ ...check, exact: true }, estimate)).toEqual({ ...check, exact: true });
    expect(withEstimate(check, undefined)).toBe(check);
    expect(withEstimate(check, { ...estimate, current: false })).toBe(check);
    expect(withEstimate(check, { ...estimate, status: "running", result: null })).toBe(check);
  });
});
