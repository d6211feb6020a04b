/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The browser reads texts as the sender does: both are held to tests/vectors/templates.csv. */
import { expect, test } from "vitest";
import { characterNumber, fieldNames, fieldsOf, linkTargets, promoPool, scan } from "./template";
import { rowsOf } from "./vectors";

const rows = rowsOf("templates.csv");

test("all vectors are read", () => {
  expect(rows.length).toBeGreaterThan(70);
});

test.each(rows.filter(([, wrongAt]) => wrongAt === ""))("%s is read", (text = "", _, fields = "", needed = "", links = "", pool = "") => {
  const template = scan(text);
  expect(template.problem).toBeNull();
  expect(fieldNames(template).join(" ")).toBe(fields);
  const names = new Set(fieldsOf(template).flatMap(({ name, isNeeded }) => (isNeeded ? [name] : [])));
  expect(fieldNames(template).filter((name) => names.has(name)).join(" ")).toBe(needed);
  expect([String(linkTargets(template).length), promoPool(template) ?? ""]).toEqual([links, pool]);
  for (const { from, to } of template.pieces) expect(to).toBeGreaterThan(from);
  expect(template.pieces.map(({ from, to }) => text.slice(from, to)).join("")).toBe(text);
});

/* The mark of the editor holds the character that the server names, or stands in front of it. */
test.each(rows.filter(([, wrongAt]) => wrongAt !== ""))("%s is refused at %s", (text = "", wrongAt = "") => {
  const { problem } = scan(text);
  if (problem === null) throw new Error("it was read");
  expect(Number(wrongAt)).toBeGreaterThanOrEqual(characterNumber(text, problem.from));
  expect(Number(wrongAt)).toBeLessThanOrEqual(characterNumber(text, problem.to));
  expect(problem.to).toBeGreaterThan(problem.from);
});
