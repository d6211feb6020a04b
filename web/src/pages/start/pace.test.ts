/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { Campaign } from "@/api/types";
import { addSamples, secondsLeft, type Samples } from "./pace";

const campaign = (left: number, status: Campaign["status"] = "running") => ({ id: "5", status, counts: { left } }) as Campaign;

function after(lefts: readonly number[], stepMs: number): Samples {
  return lefts.reduce<Samples>((samples, left, i) => addSamples(samples, [campaign(left)], i * stepMs), {});
}

test("what is left divided by the pace so far", () => {
  expect(secondsLeft(after([1000, 800, 600], 2000)["5"])).toBe(6);
});

test("nobody can tell from one look, a moment, or a standstill", () => {
  expect(secondsLeft(undefined)).toBeNull();
  expect(secondsLeft(after([1000], 2000)["5"])).toBeNull();
  expect(secondsLeft(after([1000, 900], 500)["5"])).toBeNull();
  expect(secondsLeft(after([1000, 1000], 2000)["5"])).toBeNull();
});

test("a pace of long ago is forgotten", () => {
  const fast = addSamples({}, [campaign(1_000_000)], 0);
  const slow = addSamples(addSamples(fast, [campaign(1000)], 100_000), [campaign(900)], 110_000);
  expect(secondsLeft(slow["5"])).toBe(90);
});

test("a campaign that stopped running begins anew", () => {
  const samples = addSamples(after([1000, 900], 2000), [campaign(900, "paused")], 6000);
  expect(samples).toEqual({});
});
