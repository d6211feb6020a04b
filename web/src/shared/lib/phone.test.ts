/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { isFixed, phoneCharacters, readPhone, wholePhone } from "./phone";

test.each([
  ["+7 916 123-45-67", "+79161234567"],
  ["8 (916) 123-45-67", "+79161234567"],
  ["9161234567", "+79161234567"],
  ["7.916.123.45.67", "+79161234567"],
  ["8\u00a0916\u00a0123–45–67", "+79161234567"],
  ["+375 29 123-45-67", "+375291234567"],
  ["375291234567", "+375291234567"],
])("%s is the number %s", (typed, phone) => {
  expect(readPhone(typed)).toBe(phone);
});

test.each(["", "916 123", "+7", "Иванов", "C0000017", "8 916 123-45-67 доб. 2", "+7916+123", "1234567890123456"])("%s is no whole number", (typed) => {
  expect(readPhone(typed)).toBeNull();
});

test("a piece of a number is made of its characters alone", () => {
  expect(phoneCharacters("916 12-")).toBe("91612");
  expect(phoneCharacters("12a")).toBeNull();
  expect(phoneCharacters(" ")).toBeNull();
});

test.each([
  ["+74951234567", true],
  ["+78001234567", true],
  ["+79161234567", false],
  ["+77011234567", false],
  ["+375291234567", false],
])("%s takes no SMS: %s", (phone, fixed) => {
  expect(isFixed(phone)).toBe(fixed);
});

test.each([
  ["+79161234567", "+79161234567"],
  ["+7916*****67", null],
  [null, null],
])("of %s the whole number is %s", (phone, whole) => {
  expect(wholePhone(phone)).toBe(whole);
});
