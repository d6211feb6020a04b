/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { choicesWrong, readChoices } from "./choices";

test("one choice a line, empty lines say nothing", () => {
  expect(readChoices(" золотая \n\nсеребряная\n")).toEqual(["золотая", "серебряная"]);
});

test.each([
  [[], "none"],
  [["a,b"], "comma"],
  [["Да", "да"], "twice"],
  [["x".repeat(101)], "long"],
  [Array.from({ length: 101 }, (_, i) => String(i)), "many"],
  [["золотая", "серебряная"], null],
])("%j: %s", (choices, wrong) => {
  expect(choicesWrong(choices)).toBe(wrong);
});
