/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { named } from "./words";

test.each([
  ["Рассылки", "рас"],
  ["Предновогодняя ярмарка", "ЯРМ"],
  ["Банк: вклад «Зимний»", "зимн банк"],
  ["Ещё три дня", "еще"],
  ["Код 2026", "2026"],
])("%s is found by %s", (name, typed) => {
  expect(named(name, typed)).toBe(true);
});

test.each([
  ["Рассылки", "сылки"],
  ["Рассылки", ""],
  ["Рассылки", "«»"],
  ["Банк: вклад", "банк зима"],
])("%s is not found by %s", (name, typed) => {
  expect(named(name, typed)).toBe(false);
});
