/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { inBar } from "./bar";

const menu = (length: number) => Array.from({ length }, (_, i) => i);

test("six pages fit, of more the sixth place leads to the rest", () => {
  expect(inBar(menu(6))).toEqual(menu(6));
  expect(inBar(menu(7))).toEqual(menu(5));
  expect(inBar([])).toEqual([]);
});
