/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { readFilter, writeFilter } from "./filter";

test("what is written is read again", () => {
  const filter = { category: "debt" as const, query: "весна & лето" };
  expect(readFilter(new URLSearchParams(writeFilter(filter).toString()))).toEqual(filter);
  expect(writeFilter({ category: null, query: "" }).size).toBe(0);
});

test("an unknown category shows all, and a phone stays out of the address", () => {
  expect(readFilter(new URLSearchParams("category=rumour")).category).toBeNull();
  expect(writeFilter({ category: null, query: "8 916 123-45-67" }).size).toBe(0);
});
