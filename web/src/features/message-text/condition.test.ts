/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { conditionText, isComplete, relationsFor, type Wish } from "./condition";
import type { Placeholder } from "./queries";
import { scan } from "./template";

const field = (name: string, type: Placeholder["type"] = "text"): Placeholder => ({ name, type, kind: "field", russian: null });
const wish = (more: Partial<Wish>): Wish => ({ field: field("points", "number"), relation: "has", operand: "", then: "x", otherwise: "", ...more });

test.each<[Partial<Wish>, string]>([
  [{}, "{if points}x{end}"],
  [{ relation: "ge", operand: " 1000 ", otherwise: "y" }, '{if points >= "1000"}x{else}y{end}'],
  [{ field: field("city"), relation: "ne", operand: "Тверь" }, '{if city != "Тверь"}x{end}'],
  [{ field: field("contract_to", "date"), relation: "lt", operand: "2026-12-31", then: "" , otherwise: "y" }, '{if contract_to < "2026-12-31"}{else}y{end}'],
])("%o", (more, text) => {
  expect(isComplete(wish(more))).toBe(true);
  expect(conditionText(wish(more))).toBe(text);
  expect(scan(text).problem).toBeNull();
});

test.each<Partial<Wish>>([{ field: null }, { then: "" }, { relation: "eq" }, { relation: "gt", operand: "много" }, { relation: "eq", operand: 'a"b' }, { relation: "eq", operand: "{a}" }])("%o is not complete", (more) => {
  expect(isComplete(wish(more))).toBe(false);
});

test("only numbers and dates are more or less", () => {
  expect(relationsFor("text", false)).toEqual(["has", "eq", "ne"]);
  expect(relationsFor("text", true)).toContain("gt");
  expect(relationsFor("date", false)).toContain("lt");
});
