/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { countCodes } from "./codes";

test("codes are lines that hold something", () => {
  expect(countCodes("")).toBe(0);
  expect(countCodes("A\r\n\n  \nB\n")).toBe(2);
});
