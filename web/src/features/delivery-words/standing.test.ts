/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { inOrder, ownerKey, ownerQuery, standingOf } from "./standing";

const today = "2026-11-28";
const list = (from: string, until: string | null, account: string | null = "main") => ({ from, until, account, provider: account === null ? "operator" : null });

test("a price list is in force from its first day until the day that ends it", () => {
  expect(standingOf(list("2026-11-28", null), today)).toBe("now");
  expect(standingOf(list("2026-11-29", null), today)).toBe("coming");
  expect(standingOf(list("2026-01-01", "2026-11-28"), today)).toBe("past");
  expect(standingOf(list("2026-01-01", "2026-11-29"), today)).toBe("now");
});

test("one that was replaced before it began is past", () => {
  expect(standingOf(list("2026-12-01", "2026-12-01"), today)).toBe("past");
});

test("they stand by owner: in force, coming, then what was, newest first", () => {
  const all = [list("2026-01-01", "2026-03-01"), list("2027-01-01", null, null), list("2026-03-01", "2026-12-15"), list("2025-01-01", "2026-01-01"), list("2026-12-15", null)];
  expect(inOrder(all, today).map(({ from, account }) => [account, from])).toEqual([
    ["main", "2026-03-01"],
    ["main", "2026-12-15"],
    ["main", "2026-01-01"],
    ["main", "2025-01-01"],
    [null, "2027-01-01"],
  ]);
});

test("an owner is asked for by its kind", () => {
  expect(ownerQuery(ownerKey(list("2026-01-01", null)))).toEqual({ account: "main" });
  expect(ownerQuery(ownerKey(list("2026-01-01", null, null)))).toEqual({ provider: "operator" });
});
