/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { classOf, emptyDraft, ownText, sentOf, stepOf, stepToResume, takeTemplate, unsavable, withCategory, wrongsOf } from "./draft";

const whole = { ...emptyDraft, name: "N", text: "Hi {first_name}", sender: "SHOP" };
const known = new Set(["first_name"]);
const now = Date.parse("2026-11-28T10:00:00Z");

test("what is wrong, what of it cannot even be saved", () => {
  expect(wrongsOf(whole, known, now)).toEqual({});
  expect(wrongsOf(emptyDraft, known, now)).toEqual({ name: "name_missing", text: "text_missing", sender: "sender_missing" });
  expect(unsavable(wrongsOf({ ...emptyDraft, name: "N" }, known, now))).toEqual([]);
  const wrong = wrongsOf({ ...whole, text: "{город}", sender: "Магазин", start_at: "2026-11-28T09:58:00Z" }, known, now);
  expect(wrong).toEqual({ text: "text_wrong", sender: "sender_wrong", start_at: "start_past" });
  expect(unsavable(wrong)).toEqual(["text", "sender"]);
  expect(wrongsOf({ ...whole, start_at: "2026-11-28T09:59:30Z" }, known, now)).toEqual({});
});

test("a draft goes on where something is missing", () => {
  expect(stepToResume({ ...whole, sender: "" })).toBe("what");
  expect(stepToResume(whole)).toBe("check");
  expect([stepOf("list_id"), stepOf("text"), stepOf("account")]).toEqual(["whom", "what", undefined]);
});

test("a kind of message has its class", () => {
  expect([classOf("advertising"), classOf("debt"), classOf("emergency")]).toEqual(["advertising", "service", "alert"]);
});

test("a template or a text is sent, not both", () => {
  const template = { id: "7", version: 3, text: "Hi", spelling: "latin" as const, sender: "SHOP", category: "emergency" };
  const taken = takeTemplate(template);
  expect(taken).toEqual({ text: "Hi", spelling: "latin", template_id: "7", template_version: 3, sender: "SHOP", category: "emergency", class: "alert" });
  expect(sentOf({ name: "N", ...taken })).toEqual({ name: "N", spelling: "latin", template_id: "7", template_version: 3, sender: "SHOP", category: "emergency", class: "alert" });
  expect(sentOf({ ...emptyDraft, ...ownText({ template_id: "7" }, "Own") })).toMatchObject({ text: "Own", template_id: null });
  expect(sentOf(ownText({ template_id: "7" }, "Own"))).toEqual({ text: "Own", template_id: null });
  expect(sentOf(ownText({ template_id: null }, "Own"))).toEqual({ text: "Own" });
  expect(takeTemplate({ ...template, sender: "", category: "authorisation" })).toEqual({ text: "Hi", spelling: "latin", template_id: "7", template_version: 3 });
});

test("an exemption from the limits needs its reason, and no debtor is exempt", () => {
  expect(wrongsOf({ ...whole, cap_exempt: " " }, known, now)).toEqual({ cap_exempt: "exempt_missing" });
  expect(unsavable(wrongsOf({ ...whole, cap_exempt: "" }, known, now))).toEqual(["cap_exempt"]);
  expect(wrongsOf({ ...whole, cap_exempt: "Отзыв товара" }, known, now)).toEqual({});
  expect(withCategory({ ...whole, cap_exempt: "Отзыв товара" }, "debt")).toEqual({ category: "debt", class: "service", cap_exempt: null });
  expect(withCategory({ ...whole, cap_exempt: "Отзыв товара" }, "service")).toEqual({ category: "service", class: "service" });
});
