/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { describe, expect, test } from "vitest";
import type { AccountRoute, RouteRule } from "@/api/types";
import { contractBody, emptyContract, emptyRule, limitsBody, limitsDraft, limitsWrongs, moved, ruleBody, ruleDraft, ruleWrongs } from "./draft";

const rule: RouteRule = {
  id: "7", name: "Коды", enabled: true, category: "authorisation", class: "alert", operator: "mts", prefix: "7916", sender: "BANK",
  accounts: [{ account: "main", weight: 3 }, { account: "spare", weight: 1 }], only_these: true, price_max: "2.355000", delivery_min_percent: 90, spread_percent: 5, receipt_within_s: 60, changed_at: "2026-11-28T00:00:00.000Z",
};

describe("a rule", () => {
  test("that is only looked at stays as it was", () => {
    const { id, changed_at: at, ...same } = rule;
    expect(id + at).not.toBe("");
    expect(ruleBody(ruleDraft(rule))).toEqual({ ...same, price_max: "2.355" });
    expect(ruleDraft({ ...rule, price_max: "2.500000" }).priceMax).toBe("2.50");
  });

  test("that says nothing matches everything and restricts nothing", () => {
    expect(ruleBody({ ...emptyRule, name: " Остальное " })).toEqual({
      name: "Остальное", enabled: true, category: null, class: null, operator: null, prefix: null, sender: null, accounts: [], only_these: false, price_max: null, delivery_min_percent: null, spread_percent: 0, receipt_within_s: null,
    });
  });

  test("is sent again only where a message may arrive twice", () => {
    expect(ruleBody({ ...emptyRule, class: "advertising", receiptWithin: 60 }).receipt_within_s).toBeNull();
    expect(ruleBody({ ...emptyRule, class: "service", receiptWithin: 60 }).receipt_within_s).toBe(60);
  });

  test("is wrong where apid would refuse it", () => {
    expect(ruleWrongs(ruleDraft(rule))).toEqual([]);
    expect(ruleWrongs({ ...emptyRule, prefix: "+7", onlyThese: true, priceMax: "0" })).toEqual(["name", "prefix", "accounts", "price"]);
    expect(ruleWrongs({ ...emptyRule, name: "x", accounts: ["a", "b"], weights: { a: "1" } })).toEqual(["weights"]);
    expect(ruleWrongs({ ...emptyRule, name: "x", priceMax: "2,35" })).toEqual([]);
  });

  test("moves by one place and no further than the ends", () => {
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
    expect(moved(["a", "b"], 1, 1)).toEqual(["a", "b"]);
  });
});

describe("what an account takes", () => {
  const route: AccountRoute = { id: "1", account: "main", enabled: true, by_contracts: true, categories: ["service"], classes: ["alert"], alphabets: null, prefixes: ["7", "375"], open_from: "08:00", open_to: "22:00", cap_day: { parts: 1000, used: 3 }, cap_month: null };

  test("stays as it was, with what the form does not show", () => {
    expect(limitsBody(limitsDraft(route))).toEqual({ by_contracts: true, categories: ["service"], classes: ["alert"], alphabets: null, prefixes: ["7", "375"], open_from: "08:00", open_to: "22:00", cap_day: 1000, cap_month: null });
  });

  test("is wrong with half of the hours or with digits that begin no number", () => {
    expect(limitsWrongs({ ...limitsDraft(route), to: "" })).toEqual(["hours"]);
    expect(limitsWrongs({ ...limitsDraft(route), prefixes: "+7" })).toEqual(["prefixes"]);
    expect(limitsWrongs({ ...limitsDraft(route), prefixes: "7916; 7917" })).toEqual([]);
  });
});

test("a contract is told when all of it is there", () => {
  const whole = { ...emptyContract, account: "main", operator: "mts", number: " Д-114 ", from: "2026-01-15" };
  expect(contractBody(whole)).toEqual({ account: "main", operator: "mts", number: "Д-114", valid_from: "2026-01-15", valid_to: null });
  expect(contractBody({ ...whole, to: "2026-01-01" })).toBeNull();
  expect(contractBody(emptyContract)).toBeNull();
});
