/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { describe, expect, test } from "vitest";
import { nbsp, thin } from "@/shared/lib/format";
import { formatChange, formatDifference, formatPrice, formatSum, signOf } from "./price";

describe("a price", () => {
  test("keeps every decimal and has two at least", () => {
    expect(formatPrice("3.5", "RUB", "ru")).toBe(`3,50${nbsp}₽`);
    expect(formatPrice("0.021350", "USD", "ru")).toBe(`0,02135${nbsp}$`);
    expect(formatPrice("2", "RUB", "en")).toBe("₽2.00");
  });

  test("in a currency without a sign has its letters", () => {
    expect(formatPrice("12.5", "KZT", "ru")).toBe(`12,50${nbsp}KZT`);
    expect(formatPrice("12.5", "KZT", "en")).toBe(`12.50${nbsp}KZT`);
  });

  test("that is no number is shown as it came", () => {
    expect(formatPrice("?", "RUB", "ru")).toBe("?");
  });
});

describe("a sum", () => {
  test("is rounded to hundredths and grouped", () => {
    expect(formatSum("1234567.895", "RUB", "ru")).toBe(`1${thin}234${thin}567,90${nbsp}₽`);
    expect(formatSum("-1234.5", "EUR", "en")).toBe("−€1234.50");
  });

  test("that is a difference has its sign, unless it is nothing", () => {
    expect(formatDifference("12.3", "RUB", "ru")).toBe(`+12,30${nbsp}₽`);
    expect(formatDifference("-12.3", "RUB", "ru")).toBe(`−12,30${nbsp}₽`);
    expect(formatDifference("0", "RUB", "ru")).toBe(`0,00${nbsp}₽`);
    expect(formatDifference("-0.001", "RUB", "en")).toBe("₽0.00");
  });

  test("is on one side of zero or none", () => {
    expect([signOf("-0.004"), signOf("0.01"), signOf("-3")]).toEqual([0, 1, -1]);
  });
});

test("a change of a price is told in per cent", () => {
  expect(formatChange(1429, "ru")).toBe(`+14,3${nbsp}%`);
  expect(formatChange(-500, "en")).toBe("−5%");
  expect(formatChange(0, "en")).toBe("0%");
  expect(formatChange(123_456, "ru")).toBe(`+1235${nbsp}%`);
});
