/* SPDX-License-Identifier: AGPL-3.0-or-later */
import dayjs from "dayjs";
import { expect, test } from "vitest";
import { dayAndHour, isNight, isoOf, proposals, zoneName } from "./dates";

const keysAt = (time: string) => proposals(dayjs(time)).map(({ key, time: at }) => `${key} ${at.format("ddd D HH:mm")}`);

test("native fields and back, in the zone of the person", () => {
  const iso = dayjs("2026-11-28T10:05:00").toISOString();
  expect(dayAndHour(iso)).toEqual({ day: "2026-11-28", hour: "10:05" });
  expect(isoOf(dayAndHour(iso))).toBe(iso);
  expect(isoOf({ day: "", hour: "10:00" })).toBeNull();
  expect(isoOf({ day: "2026-11-28", hour: "" })).toBeNull();
});

test("proposals lie ahead, the next one first", () => {
  expect(keysAt("2026-11-25T12:00:00")).toEqual(["today_evening Wed 25 18:00", "tomorrow_morning Thu 26 10:00", "tomorrow_evening Thu 26 18:00", "monday_morning Mon 30 10:00"]);
  expect(keysAt("2026-11-25T17:50:00")[0]).toBe("tomorrow_morning Thu 26 10:00");
  expect(keysAt("2026-11-29T12:00:00").some((key) => key.startsWith("monday"))).toBe(false);
  expect(keysAt("2026-11-30T12:00:00").at(-1)).toBe("monday_morning Mon 7 10:00");
});

test("nights are from 22 to 9", () => {
  const at = (hour: number) => isNight(dayjs("2026-11-28").hour(hour).toISOString());
  expect([8, 9, 21, 22].map(at)).toEqual([true, false, false, true]);
});

test("the zone has a name", () => {
  expect(zoneName("ru", new Date())).not.toBe("");
});
