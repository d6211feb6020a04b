/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { daysOf, formatMonth, isMonth, monthBefore } from "./month";

test("a month is written out", () => {
  expect(formatMonth("2026-11", "ru")).toBe("ноябрь 2026");
  expect(formatMonth("2026-01", "en")).toBe("January 2026");
  expect(formatMonth("soon", "en")).toBe("soon");
  expect(isMonth("2026-13")).toBe(false);
});

test("it has its days", () => {
  expect(daysOf("2026-11")).toEqual({ from: "2026-11-01", until: "2026-11-30" });
  expect(daysOf("2028-02")).toEqual({ from: "2028-02-01", until: "2028-02-29" });
});

test("the invoice that comes now is that of the month before", () => {
  expect(monthBefore("2026-11-28")).toBe("2026-10");
  expect(monthBefore("2026-01-05")).toBe("2025-12");
});
