/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { cheapen, costlyCharacters, isCyrillicAnyway } from "./costly";
import { runsOf } from "./marks";
import { scan } from "./template";

const costlyIn = (text: string) => costlyCharacters(text).map(({ character, cheaper }) => [character, cheaper]);

test("a plain Latin text has nothing to save, a Russian one neither", () => {
  expect(costlyIn("Sale! [20%] €5")).toEqual([]);
  expect(costlyIn("Скидка — 20 % по коду «SALE»")).toEqual([]);
  expect(costlyIn("Ура")).toEqual([]);
});

test("a look-alike, a quotation mark and an accent have plain twins", () => {
  expect(costlyIn("Sаle “now” — garçon")).toEqual([
    ["а", "a"],
    ["“", '"'],
    ["”", '"'],
    ["—", "-"],
    ["ç", "c"],
  ]);
  expect(cheapen("Sаle “now” — garçon…")).toBe('Sale "now" - garcon...');
});

test("an emoji is one character that has no plain spelling", () => {
  expect(costlyIn("Family 👨\u200d👩\u200d👧 day")).toEqual([["👨\u200d👩\u200d👧", null]]);
  expect(cheapen("Hi 😀")).toBe("Hi 😀");
});

test("Russian names keep a text expensive, a look-alike does not", () => {
  expect(isCyrillicAnyway(["Dear Anna, “sаle”"])).toBe(false);
  expect(isCyrillicAnyway(["Dear Anna", "Dear Анна"])).toBe(true);
});

test("names of fields are not sent, fallbacks are", () => {
  expect(costlyIn("Dear {имя|client}")).toEqual([]);
  expect(costlyCharacters("Dear {имя|cliеnt}")).toEqual([{ character: "е", cheaper: "e", places: [{ from: 13, to: 14 }] }]);
  expect(cheapen("Dear {имя|cliеnt}")).toBe("Dear {имя|client}");
});

test("conditions, filters and where links lead are not sent", () => {
  expect(costlyIn('{if city = "Тверь"}Hi{end} {a:plural "балл" "балла" "баллов"} {link https://shop.example/весна} {promo "весна"}')).toEqual([]);
  expect(costlyIn('{if a}Sаle{end} {sum:money "₽"|“5”}')).toEqual([
    ["а", "a"],
    ["“", '"'],
    ["”", '"'],
  ]);
});

test("decomposed letters and what is removed before sending cost nothing", () => {
  expect(costlyIn("cafe\u0301\u200b")).toEqual([]);
});

test("runs lie end to end and the problem lies on top", () => {
  const text = "Sаle {first_name} }";
  const template = scan(text);
  const runs = runsOf(text, template, costlyCharacters(text, template), template.problem);
  expect(runs.map((run) => run.text).join("")).toBe(text);
  expect(runs.map((run) => run.look)).toEqual(["plain", "costly", "plain", "field", "plain", "problem"]);
});

test("who lacks a field without a fallback is marked at it, in the address of a link, too", () => {
  const text = "{a} {a|x} {b}{if a}{a}{end}{link https://a.io/{a}}";
  const runs = runsOf(text, scan(text), [], null, new Set(["a"]));
  expect(runs.map((run) => [run.text, run.look])).toEqual([
    ["{a}", "lacking"],
    [" ", "plain"],
    ["{a|x}", "field"],
    [" ", "plain"],
    ["{b}", "field"],
    ["{if a}", "word"],
    ["{a}", "field"],
    ["{end}{link https://a.io/", "word"],
    ["{a}", "lacking"],
    ["}", "word"],
  ]);
});
