/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { funnelOf, type Counts, type LossKey, type StageKey } from "./funnel";

const finished: Counts = {
  audience: 997,
  duplicates: 3,
  messages: 987,
  parts: 1974,
  cost: "4638.90",
  suppressed: 10,
  accepted: 985,
  delivered: 960,
  undelivered: 12,
  expired: 8,
  rejected: 1,
  failed: 2,
  cancelled: 0,
  unknown: 4,
  clicked: 0,
  redeemed: 0,
  left: 0,
};

const stageOf = (counts: Counts, key: StageKey, stoppedEarly = 0) => {
  const stage = funnelOf(counts, stoppedEarly).find((each) => each.key === key);
  if (stage === undefined) throw new Error(key);
  return stage;
};
const lossesOf = (counts: Counts, key: StageKey, stoppedEarly = 0): Partial<Record<LossKey, number>> =>
  Object.fromEntries(stageOf(counts, key, stoppedEarly).losses.map((loss) => [loss.key, loss.count]));

test("shares are those of the clients on the list", () => {
  expect(funnelOf(finished, 0).map(({ key, count, share }) => [key, count, share])).toEqual([
    ["list", 1000, 1],
    ["left_out", 13, 0.013],
    ["messages", 987, 0.987],
    ["accepted", 985, 0.985],
    ["delivered", 960, 0.96],
  ]);
  expect(stageOf(finished, "left_out").from).toBe(0.987);
});

test("each loss stands at the stage where it happened, and none that did not happen", () => {
  expect(lossesOf(finished, "left_out")).toEqual({ duplicates: 3, excluded: 10 });
  expect(lossesOf(finished, "messages")).toEqual({});
  expect(lossesOf(finished, "accepted")).toEqual({ failed: 2 });
  expect(lossesOf(finished, "delivered")).toEqual({ undelivered: 12, expired: 8, rejected: 1, unknown: 4 });
});

test("while it runs, what is not made, not sent and not reported is told apart", () => {
  const running: Counts = { ...finished, suppressed: 4, messages: 500, accepted: 400, delivered: 300, undelivered: 0, expired: 0, rejected: 0, failed: 0, unknown: 0, left: 593 };
  expect(lossesOf(running, "messages")).toEqual({ not_made: 493 });
  expect(lossesOf(running, "accepted")).toEqual({ not_sent: 100 });
  expect(lossesOf(running, "delivered")).toEqual({ awaited: 100 });
});

test("those the stop kept back are not said to be left out", () => {
  const stopped: Counts = { ...finished, suppressed: 510, messages: 487, accepted: 400, delivered: 400, undelivered: 0, expired: 0, rejected: 0, failed: 0, cancelled: 87, unknown: 0 };
  expect(stageOf(stopped, "left_out", 500).count).toBe(13);
  expect(lossesOf(stopped, "messages", 500)).toEqual({ stopped: 500 });
  expect(lossesOf(stopped, "accepted", 500)).toEqual({ cancelled: 87 });
});

test("an empty list has a funnel of nothing", () => {
  const nobody = Object.fromEntries(Object.keys(finished).map((key) => [key, 0])) as unknown as Counts;
  expect(funnelOf(nobody, 0).every(({ share, losses }) => share === 0 && losses.length === 0)).toBe(true);
});
