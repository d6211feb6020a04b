/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { readFilter, writeFilter } from "./filter";

test("what is written is read again", () => {
  const filter = { status: "running" as const, query: "чёрная & пятница" };
  expect(readFilter(new URLSearchParams(writeFilter(filter).toString()))).toEqual(filter);
  expect(writeFilter({ status: null, query: "" }).size).toBe(0);
});

test("an unknown status shows all", () => {
  expect(readFilter(new URLSearchParams("status=everything")).status).toBeNull();
});

test("a phone typed as a name stays out of the address", () => {
  expect(writeFilter({ status: null, query: "8 916 123-45-67" }).size).toBe(0);
  expect(writeFilter({ status: null, query: "Ноябрь 2026" }).get("query")).toBe("Ноябрь 2026");
});
