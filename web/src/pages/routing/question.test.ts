/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { bodyOf, classOf, inOrder, type Candidate } from "./question";

const candidate = (account: string, change: Partial<Candidate> = {}): Candidate => ({
  account_id: account, account, chosen: false, barred_by: null, reason: null, price: null, expected_cost: null, delivery_percent: null, health: { up: true, points: 100, grade: 0, on_trial: false }, listed: false, contract: null, cap_left: null, ...change,
});

test("nothing is asked before there is a whole number", () => {
  const question = { phone: "8 916 123-45-67", category: "service" as const, sender: " ", text: "" };
  expect(bodyOf({ ...question, phone: "8 916" })).toBeNull();
  expect(bodyOf(question)).toEqual({ phone: "+79161234567", category: "service", class: "service" });
  expect(bodyOf({ ...question, sender: "BANK", text: "Готов" })).toMatchObject({ sender: "BANK", text: "Готов" });
});

test("a category has its usual class", () => {
  expect([classOf("advertising"), classOf("debt"), classOf("authorisation")]).toEqual(["advertising", "service", "alert"]);
});

test("the chosen one stands first, those that may not stand last", () => {
  const all = [candidate("barred", { barred_by: "contract" }), candidate("dear", { expected_cost: "10" }), candidate("won", { chosen: true, expected_cost: "3" }), candidate("next", { expected_cost: "4" })];
  expect(inOrder(all).map(({ account }) => account)).toEqual(["won", "next", "dear", "barred"]);
});
