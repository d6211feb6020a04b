/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { emptyConsent, wrongsOfConsent } from "./consent-draft";

const whole = { ...emptyConsent("marketing"), form: "Анкета", origin: "скан 12", identity: "паспорт", at: "2026-11-28T10:00" };
const now = new Date("2026-11-28T12:00").getTime();

test("everything that proves a consent is asked for", () => {
  expect(wrongsOfConsent(emptyConsent("marketing"), now)).toEqual({ form: "missing", origin: "missing", identity: "missing" });
  expect(wrongsOfConsent(whole, now)).toEqual({});
});

test("nobody agrees in the future, nor until before it", () => {
  expect(wrongsOfConsent({ ...whole, at: "2026-11-28T12:01" }, now)).toEqual({ at: "future" });
  expect(wrongsOfConsent({ ...whole, at: "" }, now)).toEqual({});
  expect(wrongsOfConsent({ ...whole, at: "", expires: "2026-11-27" }, now)).toEqual({ expires: "before" });
  expect(wrongsOfConsent({ ...whole, expires: "2026-11-27" }, now)).toEqual({ expires: "before" });
  expect(wrongsOfConsent({ ...whole, expires: "2026-11-28" }, now)).toEqual({});
});
