/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { barsOf, totalOf } from "./bars";
import type { Breakdown } from "./queries";

const cities: Breakdown = { by: "city", groups: Array.from({ length: 20 }, (_, i) => ({ value: `city ${i}`, clients: 100 - i })), other: 50, unknown: 7 };

test("a picture shows the greatest and gathers the rest", () => {
  const bars = barsOf(cities, "chart");
  expect(bars.map(({ kind }) => kind)).toEqual([...Array<string>(8).fill("group"), "other", "unknown"]);
  expect(bars.reduce((sum, { clients }) => sum + clients, 0)).toBe(totalOf(cities));
});

test("a table shows all groups", () => {
  expect(barsOf(cities, "table")).toHaveLength(22);
  expect(barsOf(cities, "table").at(-2)).toEqual({ kind: "other", value: "", clients: 50 });
});

test("ages stand by age, nothing stands for nobody", () => {
  const ages: Breakdown = { by: "age", groups: [{ value: "65+", clients: 9 }, { value: "0-17", clients: 5 }, { value: "18-24", clients: 7 }], other: 0, unknown: 0 };
  expect(barsOf(ages, "chart").map(({ value }) => value)).toEqual(["0-17", "18-24", "65+"]);
});
