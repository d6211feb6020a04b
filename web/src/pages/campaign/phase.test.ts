/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { Progress } from "@/api/types";
import { awaited, barOf, canBeStopped, deadline, finishTime, phaseOf, type Phase } from "./phase";

const at = "2026-11-23T07:00:00.000Z";
const begun: Progress = {
  campaign_id: "5",
  status: "running",
  run_id: "9",
  run_status: "running",
  trial: null,
  trial_since: null,
  audience: 1000,
  duplicates: 0,
  chunks: 1,
  chunks_done: 1,
  messages: 990,
  parts: 990,
  cost: "2326.50",
  suppressed: 10,
  accepted: 400,
  delivered: 300,
  undelivered: 5,
  expired: 3,
  rejected: 1,
  failed: 0,
  cancelled: 0,
  unknown: 1,
  clicked: 0,
  redeemed: 0,
  left: 590,
  rate_per_s: 100,
  eta_s: 6,
  started_at: at,
  snapshot_at: at,
  finished_at: null,
};
const none = { run_id: null, snapshot_at: null, left: 0, audience: 0 };

test.each<[Partial<Progress>, Phase]>([
  [{ ...none, status: "planned" }, "planned"],
  [{ ...none, status: "paused" }, "held"],
  [{ snapshot_at: null, left: 0 }, "gathering"],
  [{}, "sending"],
  [{ left: 0 }, "receipts"],
  [{ status: "paused" }, "paused"],
  [{ status: "cancelled" }, "stopping"],
  [{ status: "cancelled", left: 0 }, "stopped"],
  [{ status: "cancelled", finished_at: at }, "stopped"],
  [{ ...none, status: "cancelled", finished_at: at }, "called_off"],
  [{ status: "finished", left: 0, finished_at: at }, "finished"],
  [{ ...none, status: "failed" }, "failed"],
])("%o is %s", (change, phase) => {
  expect(phaseOf({ ...begun, ...change })).toBe(phase);
});

test("there is nothing to stop once everything has left", () => {
  expect(canBeStopped("sending")).toBe(true);
  expect(canBeStopped("receipts")).toBe(false);
  expect(canBeStopped("stopping")).toBe(false);
});

test("awaited are those accepted whose fate is not known", () => {
  expect(awaited(begun)).toBe(90);
  // In doubt, so never counted as accepted.
  expect(awaited({ ...begun, accepted: 305, unknown: 10 })).toBe(0);
});

test("the bar of a stopped campaign ends where it stopped", () => {
  expect(barOf(begun)).toEqual({ done: 0.41, delivered: 0.3 });
  expect(barOf({ ...begun, status: "cancelled", left: 0 }).done).toBe(0.4);
  expect(barOf({ ...begun, audience: 0, left: 0 })).toEqual({ done: 0, delivered: 0 });
});

test("the end is as far away as apid says", () => {
  expect(finishTime(begun, Date.parse(at))).toBe("2026-11-23T07:00:06.000Z");
  expect(finishTime({ eta_s: null }, 0)).toBeNull();
});

test("what is paused may wait until its validity is over", () => {
  expect(deadline({ validity_s: 86_400 }, begun)).toBe("2026-11-24T07:00:00.000Z");
  expect(deadline({ validity_s: 86_400 }, { started_at: null })).toBeNull();
});
