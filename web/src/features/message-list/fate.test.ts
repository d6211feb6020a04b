/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import common from "@/i18n/ru.json";
import words from "./ru.json";
import { fateOf, isPartly } from "./useFate";

test("every state has its sentence", () => {
  for (const state of Object.keys(common.message_state)) expect(fateOf({ state, reason: null })).toBe(state);
});

test("a message in doubt is told apart from one without a receipt", () => {
  expect(fateOf({ state: "unknown", reason: "in_doubt" })).toBe("unknown_in_doubt");
  expect(fateOf({ state: "unknown", reason: "no_receipt" })).toBe("unknown_no_receipt");
  expect(fateOf({ state: "unknown", reason: "something_new" })).toBe("unknown");
});

test("a state of tomorrow has none", () => {
  expect(fateOf({ state: "read", reason: null })).toBeNull();
});

test("every sentence is used", () => {
  const told = Object.keys(words.fate).map((key) => {
    const [state = "", ...reason] = key.split("_");
    return fateOf({ state, reason: reason.length === 0 ? null : reason.join("_") });
  });
  expect(told).toEqual(Object.keys(words.fate));
});

test("parts that arrived are told of unless all of it did", () => {
  expect(isPartly({ state: "failed", parts_delivered: 1 })).toBe(true);
  expect(isPartly({ state: "delivered", parts_delivered: 2 })).toBe(false);
  expect(isPartly({ state: "failed" })).toBe(false);
});
