/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { grouped, readableName } from "./attributes";

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
