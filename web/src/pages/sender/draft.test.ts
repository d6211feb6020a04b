/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { emptyRegistration, fieldsOf, throughOf, wrongsOf } from "./draft";

test("what is left empty is not known", () => {
  expect(fieldsOf({ ...emptyRegistration, contract: " Д-17 " })).toEqual({ state: "asked", valid_from: null, valid_to: null, contract: "Д-17", monthly_fee: null, note: "" });
});

test("an amount is read as people write it", () => {
  expect(fieldsOf({ ...emptyRegistration, fee: "1 020,5" }).monthly_fee).toBe("1020.5");
  expect(wrongsOf({ ...emptyRegistration, fee: "1 020,5" })).toEqual({});
  expect(wrongsOf({ ...emptyRegistration, fee: "много" })).toEqual({ fee: "fee" });
});

test("it does not end before it begins", () => {
  expect(wrongsOf({ ...emptyRegistration, from: "2026-02-02", to: "2026-02-01" })).toEqual({ to: "order" });
  expect(wrongsOf({ ...emptyRegistration, from: "2026-02-02", to: "2026-02-02" })).toEqual({});
});

test("through whom", () => {
  expect(throughOf("a:one")).toEqual({ account: "one" });
  expect(throughOf("p:hub")).toEqual({ provider: "hub" });
});
