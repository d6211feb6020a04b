/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { byDay } from "./days";

/* Local time, as the reader's calendar goes. */
const at = (day: number, hour: number) => ({ created_at: new Date(2026, 10, day, hour).toISOString() });

test("messages of one day stand together, in the order they came", () => {
  const [late, early, before] = [at(22, 23), at(22, 0), at(21, 23)];
  const days = byDay([late, early, before]);
  expect(days.map(({ messages }) => messages)).toEqual([[late, early], [before]]);
  expect(days[0]?.start).toBe(new Date(2026, 10, 22).toISOString());
});

test("nothing has no days", () => {
  expect(byDay([])).toEqual([]);
});
