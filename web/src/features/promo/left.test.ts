/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { leftOf } from "./left";

test.each([
  [0, 0, "empty"],
  [100, 0, "none"],
  [100, 9, "few"],
  [100, 10, "enough"],
  [3, 1, "enough"],
] as const)("of %i codes %i are free: %s", (size, free, left) => {
  expect(leftOf({ size, free })).toBe(left);
});
