/* SPDX-License-Identifier: AGPL-3.0-or-later */
import dayjs from "dayjs";
import { expect, test } from "vitest";
import { formatDuration, formatMoney, formatNumber, formatPercent, formatPhone, formatTime, looksLikePhone } from "./format";

/* Spaces of all widths as plain ones, so that the expectations can be read. */
const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, " ");

test.each([
  [0, "0"],
  [999, "999"],
  [2026, "2026"],
  [12345, "12 345"],
  [1234567, "1 234 567"],
  [-12345, "−12 345"],
])("number %d is %s", (value, want) => {
  expect(plain(formatNumber(value, "ru"))).toBe(want);
});

test("decimals follow the language and never round to minus zero", () => {
  expect(formatNumber(1.25, "ru", 1)).toBe("1,3");
  expect(formatNumber(1.5, "en", 1)).toBe("1.5");
  expect(formatNumber(-0.04, "ru", 1)).toBe("0,0");
});

test.each([
  ["12.50", "ru", "12,50 ₽"],
  ["12.5", "en", "₽12.50"],
  ["51465.00", "ru", "51 465,00 ₽"],
  ["0.005000", "ru", "0,01 ₽"],
  ["0.994999", "ru", "0,99 ₽"],
  ["0.999000", "ru", "1,00 ₽"],
  ["-2.35", "ru", "−2,35 ₽"],
  ["9007199254740993.10", "ru", "9 007 199 254 740 993,10 ₽"],
])("money %s in %s is %s", (amount, language, want) => {
  expect(plain(formatMoney(amount, language))).toBe(want);
});

test.each([
  [0, "0 %"],
  [1, "100 %"],
  [0.99999, "99,9 %"],
  [0.123, "12 %"],
  [0.05, "5 %"],
  [0.052, "5,2 %"],
  [0.0005, "0,1 %"],
  [0.00049, "< 0,1 %"],
  [1e-9, "< 0,1 %"],
])("share %d is %s", (share, want) => {
  expect(plain(formatPercent(share, "ru"))).toBe(want);
});

test("a share too small to be written is not nothing in English either", () => {
  expect(plain(formatPercent(0.0001, "en"))).toBe("< 0.1%");
});

test("a Russian phone is grouped, any other left alone", () => {
  expect(plain(formatPhone("+79001234567"))).toBe("+7 900 123-45-67");
  expect(formatPhone("+4915112345678")).toBe("+4915112345678");
});

test.each(["+7 900 123-45-67", "89001234567", "8 (900) 123 45 67"])("%s looks like a phone", (text) => {
  expect(looksLikePhone(text)).toBe(true);
});

test.each(["", "1234", "Иванов", "ноябрь 2026"])("%s does not look like a phone", (text) => {
  expect(looksLikePhone(text)).toBe(false);
});

test.each([
  [0, "0 с"],
  [40, "40 с"],
  [300, "5 мин"],
  [7500, "2 ч 5 мин"],
  [90061, "1 дн 1 ч"],
  [3605, "1 ч"],
])("%d seconds are %s", (seconds, want) => {
  expect(plain(formatDuration(seconds, "ru"))).toBe(want);
});

test("a time says its day only when it is not today, and its year only when it is another", () => {
  const now = dayjs("2026-11-22T12:00:00");
  expect(formatTime("2026-11-22T09:05:00", "ru", now)).toBe("09:05");
  expect(plain(formatTime("2026-11-03T09:05:00", "ru", now))).toBe("3 ноября, 09:05");
  expect(plain(formatTime("2025-11-03T09:05:00", "en", now))).toBe("3 November 2025, 09:05");
});
