/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { costlyCharacters } from "./costly";
import type { Preview } from "./queries";
import { savingsOf } from "./spelling";
import { scan } from "./template";

const range = (average: number) => ({ min: 1, max: 3, average });
const preview = (...rows: Preview["spellings"]) => ({ spellings: rows }) as Preview;

test("a saving is told by parts, and in money where parts have a price", () => {
  const savings = savingsOf(
    preview(
      { spelling: "as_is", parts: range(3), rewritten: 0, cost_each: "7.50" },
      { spelling: "plain", parts: range(3), rewritten: 0, cost_each: "7.50" },
      { spelling: "latin", parts: range(1), rewritten: 300, cost_each: "2.50" },
    ),
  );
  expect(savings.get("latin")).toEqual({ parts: range(1), isOther: true, share: 1 - 1 / 3, each: 5 });
  expect(savings.get("plain")).toMatchObject({ isOther: false, share: 0, each: 0 });
  const free = savingsOf(preview({ spelling: "as_is", parts: range(2), rewritten: 0, cost_each: "0.00" }, { spelling: "latin", parts: range(1), rewritten: 3, cost_each: "0.00" }));
  expect(free.get("latin")).toMatchObject({ share: 0.5, each: 0 });
  expect(savingsOf(undefined).size).toBe(0);
});

test("what is spelled otherwise is not expensive", () => {
  const costly = (text: string, spelling: "as_is" | "plain" | "latin") => costlyCharacters(text, scan(text), spelling).map(({ character }) => character);
  expect(costly("Sale – “now” 🎉", "as_is")).toEqual(["–", "“", "”", "🎉"]);
  expect(costly("Sale – “now” 🎉", "plain")).toEqual(["🎉"]);
  expect(costly("Скидка – 🎉", "plain")).toEqual([]);
  expect(costly("Скидка – 🎉", "latin")).toEqual(["🎉"]);
});
