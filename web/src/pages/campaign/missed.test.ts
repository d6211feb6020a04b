/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { countWithin, filterOf, isWithin, notSent, type Group } from "./missed";

const groups: Group[] = [
  { kind: "suppressed", reason: "run_cancelled", count: 7000 },
  { kind: "cancelled", reason: "run_cancelled", count: 900 },
  { kind: "suppressed", reason: "opt_out", count: 40 },
  { kind: "undelivered", reason: null, count: 12 },
];

test("a group is asked for by kind and reason, also when it has no reason", () => {
  expect(groups.map(filterOf)).toEqual(["suppressed:run_cancelled", "cancelled:run_cancelled", "suppressed:opt_out", "undelivered:none"]);
});

test("a kind alone holds all its reasons", () => {
  expect(groups.filter((group) => isWithin(group, "suppressed"))).toHaveLength(2);
  expect(countWithin(groups, "suppressed")).toBe(7040);
  expect(countWithin(groups, "suppressed:opt_out")).toBe(40);
  expect(countWithin(groups, "failed")).toBe(0);
});

test("a stop kept back what was cancelled and what was not made yet, but nobody who was left out anyway", () => {
  expect(notSent({ cancelled: 900 }, { total: 7952, groups })).toBe(7900);
});
