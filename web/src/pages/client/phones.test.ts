/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { isOver } from "./phones";

test("a number is over the day after its last one", () => {
  expect(isOver({ valid_to: null }, "2026-11-28")).toBe(false);
  expect(isOver({ valid_to: "2026-11-28" }, "2026-11-28")).toBe(false);
  expect(isOver({ valid_to: "2026-11-27" }, "2026-11-28")).toBe(true);
});
