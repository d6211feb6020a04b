/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { SenderRegistration } from "@/api/types";
import { isBroader, shownFirst, speaking, type Account } from "./speaking";

const account: Account = { name: "one", provider: "hub", provider_title: "", enabled: true };
let id = 0;
const row = (more: Partial<SenderRegistration>): SenderRegistration => ({
  id: String(++id),
  account: null,
  provider: null,
  operator: null,
  state: "active",
  valid_from: null,
  valid_to: null,
  contract: "",
  monthly_fee: null,
  currency: "RUB",
  note: "",
  holds: true,
  changed_at: "2026-01-01T00:00:00.000Z",
  ...more,
});

test("the operator's own row goes before the one for all, the account's before the provider's", () => {
  const all = row({ provider: "hub" });
  const own = row({ account: "one" });
  const mts = row({ provider: "hub", operator: "mts" });
  const ownMts = row({ account: "one", operator: "mts" });
  expect(speaking([all], account, "mts")).toBe(all);
  expect(speaking([all, own], account, "mts")).toBe(own);
  expect(speaking([all, own, mts], account, "mts")).toBe(mts);
  expect(speaking([ownMts, mts, own, all], account, "mts")).toBe(ownMts);
  expect(speaking([ownMts, mts, own, all], account, null)).toBe(own);
});

test("what is ended, another account's or another operator's says nothing", () => {
  expect(speaking([row({ provider: "hub", state: "ended" }), row({ account: "two" }), row({ provider: "other" }), row({ provider: "hub", operator: "mts" })], account, "beeline")).toBeUndefined();
});

test("a row for all operators is broader than one of them", () => {
  expect(isBroader(row({ account: "one" }), "mts")).toBe(true);
  expect(isBroader(row({ account: "one", operator: "mts" }), "mts")).toBe(false);
  expect(isBroader(row({ account: "one" }), null)).toBe(false);
});

test("the greatest operators are shown, and whoever has a word of their own", () => {
  const operators = ["mts", "megafon", "beeline", "t2", "yota", "motiv", "letai"].map((code) => ({ code, name: code }));
  const registrations = [row({ provider: "hub", operator: "motiv" }), row({ provider: "hub", operator: "letai", state: "ended" })];
  expect(shownFirst({ operators, registrations }).map(({ code }) => code)).toEqual(["mts", "megafon", "beeline", "t2", "motiv"]);
});
