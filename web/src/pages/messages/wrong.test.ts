/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { wrongWith } from "./wrong";

test.each([
  ["", "incomplete"],
  ["12", "incomplete"],
  ["Иванов", "incomplete"],
  ["8 495 123-45-67", "fixed"],
  ["8 916 123-45-67", null],
  ["+375 29 123-45-67", null],
])("of %s it says %s", (typed, wrong) => {
  expect(wrongWith(typed)).toBe(wrong);
});
