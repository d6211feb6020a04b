/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { daysOf, type TimelineEvent } from "./timeline";

/* Local time, as the reader's calendar goes. */
const bought = (day: number, hour: number): TimelineEvent => ({
  kind: "action",
  at: new Date(2026, 10, day, hour).toISOString(),
  action: { code: "purchase", category: null, amount: "10.00" },
});

test("events of one day stand together, in the order they came", () => {
  const [late, early, before] = [bought(22, 23), bought(22, 0), bought(21, 23)];
  const days = daysOf([late, early, before]);
  expect(days.map((day) => day.events.map(({ event }) => event))).toEqual([[late, early], [before]]);
  expect(days[0]?.start).toBe(new Date(2026, 10, 22).toISOString());
});

test("two events that are alike have two keys", () => {
  const [day] = daysOf([bought(22, 10), bought(22, 10)]);
  expect(new Set(day?.events.map(({ key }) => key)).size).toBe(2);
});
