/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { rulesFor } from "./rules";

const rules: Parameters<typeof rulesFor>[0] = {
  time_zone: "Europe/Moscow",
  quiet_hours: true,
  unknown_zone: "company",
  frequency_caps: true,
  hours: [
    { category: "advertising", opens: "10:00", closes: "20:00", off_opens: "10:00", off_closes: "20:00" },
    { category: "debt", opens: "08:00", closes: "22:00", off_opens: "09:00", off_closes: "20:00" },
    { category: "service", opens: "09:00", closes: "21:00", off_opens: null, off_closes: null },
  ],
  limits: [{ category: "advertising", per_day: 1, per_week: 2, per_month: null }],
};

test("hours on working days and on days off", () => {
  expect(rulesFor(rules, "advertising").hours).toEqual({ opens: "10:00", closes: "20:00", off: "same" });
  expect(rulesFor(rules, "debt").hours?.off).toEqual({ opens: "09:00", closes: "20:00" });
  expect(rulesFor(rules, "service").hours?.off).toBe(null);
  expect(rulesFor(rules, "emergency").hours).toBe(undefined);
});

test("limits that are set, and nothing of rules that do not hold", () => {
  expect(rulesFor(rules, "advertising").limits).toEqual([
    { per: "day", count: 1 },
    { per: "week", count: 2 },
  ]);
  expect(rulesFor({ ...rules, quiet_hours: false, frequency_caps: false }, "advertising")).toEqual({ hours: undefined, limits: [] });
});
