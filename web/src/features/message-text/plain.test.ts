/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { gsmCost } from "./gsm7";
import { plainOf } from "./plain";
import { rowsOf } from "./vectors";

test("the browser knows the plain spellings of the sender, and no others", () => {
  const told = new Map(rowsOf("plain_signs.csv").map(([code = "", text = ""]) => [Number.parseInt(code, 16), text]));
  expect(told.size).toBeGreaterThan(800);
  for (let code = 1; code < 0x20000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const character = String.fromCodePoint(code);
    const want = gsmCost(character) > 0 ? null : (told.get(code) ?? null);
    if (plainOf(character) !== want) expect([code.toString(16), plainOf(character)]).toEqual([code.toString(16), want]);
  }
});
