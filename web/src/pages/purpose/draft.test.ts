/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { draftOf, emptyPurpose, fieldsOf, wrongsOf } from "./draft";

const whole = { code: "survey", name: "Опросы", basis: "consent" as const, categories: "телефон\n имя ", retention: "год", recipients: "операторы" };

test("what the register asks for", () => {
  expect(Object.keys(wrongsOf(emptyPurpose, true)).toSorted()).toEqual(["categories", "code", "name", "recipients", "retention"]);
  expect(wrongsOf(whole, true)).toEqual({});
  expect(wrongsOf({ ...whole, code: "Опрос" }, true)).toEqual({ code: "code" });
  expect(wrongsOf({ ...whole, code: "" }, false)).toEqual({});
  expect(wrongsOf({ ...whole, categories: Array.from({ length: 51 }, (_, i) => `x${String(i)}`).join("\n") }, true)).toEqual({ categories: "many" });
  expect(wrongsOf({ ...whole, recipients: "x".repeat(201) }, true)).toEqual({ recipients: "long" });
});

test("a purpose comes into the form and out of it as it is", () => {
  const purpose = { code: "survey", name: "Опросы", data_categories: ["телефон", "имя"], legal_basis: "consent" as const, retention: "год", recipients: ["операторы"], category: null, required: false, personal_data: false, changed_at: "2026-11-28T10:00:00Z" };
  const { name, data_categories, legal_basis, retention, recipients } = purpose;
  expect(fieldsOf(draftOf(purpose))).toEqual({ name, data_categories, legal_basis, retention, recipients });
});
