/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { inUnits } from "./words";

test.each([
  [0, 0, 0, "b"],
  [1023, 1023, 0, "b"],
  [1024, 1, 1, "kb"],
  [10 * 1024, 10, 0, "kb"],
  [1024 * 1024, 1, 1, "mb"],
  [200 * 1024 * 1024, 200, 0, "mb"],
] as const)("%d bytes", (bytes, value, decimals, unit) => {
  expect(inUnits(bytes)).toEqual({ value, decimals, unit });
});
