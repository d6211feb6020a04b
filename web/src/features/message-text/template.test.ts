/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { characterNumber, problemOf, scan, setFallback, usedFields, withFallbacks } from "./template";

const problemIn = (text: string) => scan(text).problem;

test("literals, fields and doubled braces", () => {
  expect(scan("Hi {first_name|you}, {{x}} {город}!").pieces).toEqual([
    { kind: "literal", text: "Hi ", from: 0, to: 3 },
    { kind: "field", name: "first_name", fallback: "you", from: 3, to: 19 },
    { kind: "literal", text: ", {", from: 19, to: 23 },
    { kind: "literal", text: "x}", from: 23, to: 26 },
    { kind: "literal", text: " ", from: 26, to: 27 },
    { kind: "field", name: "город", fallback: null, from: 27, to: 34 },
    { kind: "literal", text: "!", from: 34, to: 35 },
  ]);
  expect(scan("")).toEqual({ pieces: [], problem: null });
});

test.each([
  ["{", "no_name", 0],
  ["a {1}", "no_name", 2],
  ["{name", "not_closed", 0],
  ["{name|x", "not_closed", 0],
  ["{first name}", "name_character", 6],
  ["{a|b{c}", "brace_in_fallback", 4],
  ["x } y", "lone_brace", 2],
  [`{${"я".repeat(65)}}`, "name_long", 1],
  [Array.from({ length: 33 }, (_, i) => `{f${i}}`).join(""), "fields_max", 150],
])("%s is refused", (text, kind, from) => {
  expect(problemIn(text)).toMatchObject({ kind, from });
});

test("a field no client has is a problem once the fields are known", () => {
  const template = scan("{first_name} {сумма}");
  expect(problemOf(template, undefined)).toBeNull();
  expect(problemOf(template, new Set(["first_name", "сумма"]))).toBeNull();
  expect(problemOf(template, new Set(["first_name"]))).toEqual({ kind: "unknown", name: "сумма", from: 13, to: 20 });
});

test("fallbacks stand in, and are changed wherever the field stands", () => {
  const text = "{a|x}-{b}-{a|x}";
  expect(withFallbacks(scan(text))).toBe("x--x");
  expect(usedFields(scan(text))).toEqual([
    { name: "a", fallback: "x" },
    { name: "b", fallback: null },
  ]);
  expect(setFallback(text, "a", "y{z}")).toBe("{a|yz}-{b}-{a|yz}");
  expect(setFallback(text, "a", "")).toBe("{a}-{b}-{a}");
});

test("filters stay with their field, and the words of conditions are not sent", () => {
  const text = '{if v > 1}{a:plural "x|y" "z"|q}{else}{b:upper}{end}{end}';
  const template = scan(text);
  expect(template.problem).toBeNull();
  expect(withFallbacks(template)).toBe("q");
  expect(usedFields(template).map(({ name }) => name)).toEqual(["a", "b", "end"]);
  expect(setFallback(text, "a", "w")).toBe('{if v > 1}{a:plural "x|y" "z"|w}{else}{b:upper}{end}{end}');
  expect(scan("{a:upper").problem).toMatchObject({ kind: "not_closed", from: 0 });
});

test("positions are counted as people count", () => {
  expect(characterNumber("😀ab", 2)).toBe(2);
});
