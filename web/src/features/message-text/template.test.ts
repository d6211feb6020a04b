/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { changeField, characterIndex, characterNumber, fieldNames, linkTargets, problemOf, promoPool, scan, usedFields, withFallbacks } from "./template";

const problemIn = (text: string) => scan(text).problem;

test("literals, fields and doubled braces", () => {
  expect(scan("Hi {first_name|you}, {{x}} {город}!").pieces).toEqual([
    { kind: "literal", text: "Hi ", from: 0, to: 3 },
    { kind: "field", name: "first_name", fallback: "you", filters: "", chain: [], isNeeded: false, from: 3, to: 19 },
    { kind: "literal", text: ", {", from: 19, to: 23 },
    { kind: "literal", text: "x}", from: 23, to: 26 },
    { kind: "literal", text: " ", from: 26, to: 27 },
    { kind: "field", name: "город", fallback: null, filters: "", chain: [], isNeeded: true, from: 27, to: 34 },
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
  expect(problemOf(scan("a {if сумма > 1}x{end}"), new Set())).toEqual({ kind: "unknown", name: "сумма", from: 6, to: 11 });
  expect(problemOf(scan("{link https://a.io/{код}}"), new Set())).toEqual({ kind: "unknown", name: "код", from: 19, to: 24 });
});

test("fallbacks stand in, and are changed wherever the field stands", () => {
  const text = "{a|x}-{b}-{a|x}";
  expect(withFallbacks(scan(text))).toBe("x--x");
  expect(usedFields(scan(text))).toEqual([
    { name: "a", filters: "", chain: [], fallback: "x", isNeeded: false },
    { name: "b", filters: "", chain: [], fallback: null, isNeeded: true },
  ]);
  expect(changeField(text, { name: "a", filters: "" }, { fallback: "y{z}" })).toBe("{a|yz}-{b}-{a|yz}");
  expect(changeField(text, { name: "a", filters: "" }, { fallback: "" })).toBe("{a}-{b}-{a}");
});

test("filters stay with their field, and the words of conditions are not sent", () => {
  const text = '{if v > 1}{a:plural "x|y" "z"|q}{else}{b:upper}{end}{end}';
  const template = scan(text);
  expect(template.problem).toBeNull();
  expect(withFallbacks(template)).toBe("q");
  expect(usedFields(template).map(({ name }) => name)).toEqual(["a", "b", "end"]);
  expect(fieldNames(template)).toEqual(["v", "a", "b", "end"]);
  expect(changeField(text, { name: "a", filters: ':plural "x|y" "z"' }, { fallback: "w" })).toBe('{if v > 1}{a:plural "x|y" "z"|w}{else}{b:upper}{end}{end}');
  expect(scan("{a:upper").problem).toMatchObject({ kind: "not_closed", from: 0 });
});

test("a field is changed only where it is shown in that way, in the address of a link, too", () => {
  const text = '{sum|0} {sum:plural "балл" "балла" "баллов"|баллов} {link https://a.io/?s={sum|0}}';
  expect(usedFields(scan(text)).map(({ filters }) => filters)).toEqual(["", ':plural "балл" "балла" "баллов"']);
  expect(changeField(text, { name: "sum", filters: "" }, { filters: ":number" })).toBe('{sum:number|0} {sum:plural "балл" "балла" "баллов"|баллов} {link https://a.io/?s={sum:number|0}}');
});

test("of a condition the longer text is counted, links and codes at about their length", () => {
  expect(withFallbacks(scan("{if a}да{else}нет, {if b}и {b|ещё}{end}{end}!"))).toBe("нет, и ещё!");
  expect(withFallbacks(scan("{if a}x{else}y"))).toBe("x");
  expect(withFallbacks(scan("{link https://shop.example/a/very/long/address/of/a/page} {promo a}"))).toHaveLength(42);
  expect(linkTargets(scan("{link https://a.io/?c={a|}} {link https://b.io}"))).toEqual(["https://a.io/?c={a|}", "https://b.io"]);
  expect([promoPool(scan('{promo "весна 2026"}')), promoPool(scan("x"))]).toEqual(["весна 2026", null]);
});

test("positions are counted as people count", () => {
  expect(characterNumber("😀ab", 2)).toBe(2);
  expect([1, 2, 3, 9].map((number) => characterIndex("😀ab", number))).toEqual([0, 2, 3, 4]);
});
