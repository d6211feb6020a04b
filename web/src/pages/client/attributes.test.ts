/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { grouped, readableName, shownValues } from "./attributes";

test.each([
  ["сумма_долга", "Сумма долга"],
  ["город", "Город"],
  ["__proto", "Proto"],
  ["", ""],
])("%s is read as %s", (name, readable) => {
  expect(readableName(name)).toBe(readable);
});

test("what begins with the same word stands together, by name", () => {
  const names = grouped({ карта_уровень: "VIP", город: "Тверь", карта_номер: "17", возраст: "40" }, "ru").map((group) => group.map(({ name }) => name));
  expect(names).toEqual([
    ["Возраст", "Город"],
    ["Карта номер", "Карта уровень"],
  ]);
});

test("no attributes are no groups", () => {
  expect(grouped({}, "ru")).toEqual([]);
});

test("a value is shown by its type, and as it is where it is not of it", () => {
  expect(shownValues("1234567.5", "number", "ru")).toEqual(["1\u202f234\u202f567,5"]);
  expect(shownValues("2026-12-31", "date", "en")).toEqual(["31\u00a0December 2026"]);
  expect(shownValues("vip\nдети", "many_of", "ru")).toEqual(["vip", "дети"]);
  expect(shownValues("•••", "number", "ru")).toEqual(["•••"]);
  expect(shownValues("44", "text", "ru")).toEqual(["44"]);
});
