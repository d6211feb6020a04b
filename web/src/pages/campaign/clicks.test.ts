/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { clicksOf } from "./clicks";

test("a link nobody has followed has its line, too", () => {
  expect(clicksOf(["https://a.example/", "https://b.example/"], [{ link: 1, messages: 2, clicks: 3, robots: 4 }])).toEqual([
    { link: 0, messages: 0, clicks: 0, robots: 0, target: "https://a.example/" },
    { link: 1, messages: 2, clicks: 3, robots: 4, target: "https://b.example/" },
  ]);
  expect(clicksOf([], [])).toEqual([]);
});
