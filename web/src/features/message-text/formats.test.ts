/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { filtersOf, firstFilters, formatOf, kindsFor, type Format } from "./formats";
import { scan, usedFields } from "./template";

const formatIn = (text: string) => formatOf(usedFields(scan(text))[0]?.chain ?? []);

test.each<[string, Format]>([
  ["", { kind: "plain" }],
  [":date", { kind: "date", pattern: null }],
  [':date "D MMMM"', { kind: "date", pattern: "D MMMM" }],
  [":number", { kind: "number" }],
  [":money", { kind: "money", unit: "" }],
  [':money "₽"', { kind: "money", unit: "₽" }],
  [':plural "балл" "балла" "баллов"', { kind: "plural", forms: ["балл", "балла", "баллов"] }],
  [':plural "day" "days"', { kind: "plural", forms: ["day", "days"] }],
  [":first_word", { kind: "letters", way: "first_word" }],
  [":upper", { kind: "letters", way: "upper" }],
  [":first_word:title", { kind: "letters", way: "first_word_title" }],
])("%s is a form, and the form says it", (filters, format) => {
  expect(formatIn(`{a${filters}}`)).toEqual(format);
  expect(filtersOf(format)).toBe(filters);
  expect(scan(`{a${filtersOf(format) ?? ""}}`).problem).toBeNull();
});

test.each([":date en", ':money "₽" ru', ":lower:title", ':number ru', ":first_word:title:upper"])("%s stays as it is written", (filters) => {
  expect(formatIn(`{a${filters}}`)).toEqual({ kind: "own" });
});

test.each<[Format, string | undefined]>([
  [{ kind: "plural", forms: ["балл", "", "баллов"] }, undefined],
  [{ kind: "date", pattern: "" }, undefined],
  [{ kind: "date", pattern: "dd.MM" }, undefined],
  [{ kind: "money", unit: ' "₽}' }, ':money " ₽"'],
])("%o is written only when it can be read", (format, filters) => {
  expect(filtersOf(format)).toBe(filters);
});

test("each kind of value has its ways", () => {
  expect(kindsFor("date", false)).toEqual(["plain", "date"]);
  expect(kindsFor("number", true)).toContain("plural");
  expect(kindsFor("text", false)).toEqual(["plain", "letters"]);
  expect(kindsFor("text", true)).toContain("money");
  expect([firstFilters("birthday", "date"), firstFilters("debt", "number"), firstFilters("points", "number"), firstFilters("city", "text")]).toEqual([":date", ":money", ":number", ""]);
});
