/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { add, byAccount, minus } from "./spent";

const cost = (account: string, sum: string, more: object = {}) => ({
  account, currency: "RUB", operator: "mts", category: "service", registered: true, sender: "letters" as const, messages: 2, parts: 3, charged: 3, unpriced: 0, cost: sum, cost_roubles: sum, own_parts: 0, own_cost: "0", ...more,
});

test("sums are exact however long they are", () => {
  expect(add("0.1", "0.2")).toBe("0.300000");
  expect(add("99999999999.999999", "0.000001")).toBe("100000000000.000000");
  expect(add("1", minus("2.5"))).toBe("-1.500000");
  expect(minus("-3")).toBe("3");
});

test("a month is told by account and currency", () => {
  const rows = byAccount([cost("main", "1.10"), cost("main", "2.20", { own_parts: 1, own_cost: "2.00", unpriced: 1 }), cost("main", "5", { currency: "USD" }), cost("spare", "0")]);
  expect(rows).toEqual([
    { account: "main", currency: "RUB", messages: 4, parts: 6, unpriced: 1, cost: "3.300000", own: "2.000000", hasOwn: true },
    { account: "main", currency: "USD", messages: 2, parts: 3, unpriced: 0, cost: "5.000000", own: "0.000000", hasOwn: false },
    { account: "spare", currency: "RUB", messages: 2, parts: 3, unpriced: 0, cost: "0.000000", own: "0.000000", hasOwn: false },
  ]);
});
