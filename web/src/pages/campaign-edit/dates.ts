/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Days and hours as native fields take them, in the zone of the person. */
import dayjs, { type Dayjs } from "dayjs";

export interface DayAndHour {
  /* 2026-11-28 */
  day: string;
  /* 10:00 */
  hour: string;
}

export function dayAndHour(iso: string): DayAndHour {
  const time = dayjs(iso);
  return { day: time.format("YYYY-MM-DD"), hour: time.format("HH:mm") };
}

/* Null while one of the two is missing, or is none. */
export function isoOf({ day, hour }: DayAndHour): string | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !/^\d{2}:\d{2}/.test(hour)) return null;
  const time = dayjs(`${day}T${hour}`);
  return time.isValid() ? time.toISOString() : null;
}

const morning = 10;
const evening = 18;
/* Nobody plans for the next quarter of an hour. */
const leadMin = 15;

export type ProposalKey = "today_evening" | "tomorrow_morning" | "tomorrow_evening" | "monday_morning";

const at = (day: Dayjs, hour: number) => day.startOf("day").hour(hour);

/* Times people choose most, in order; the first one stands for "at another time". */
export function proposals(now: Dayjs): { key: ProposalKey; time: Dayjs }[] {
  const tomorrow = now.add(1, "day");
  const daysToMonday = (8 - now.day()) % 7 || 7;
  const all: { key: ProposalKey; time: Dayjs }[] = [
    { key: "today_evening", time: at(now, evening) },
    { key: "tomorrow_morning", time: at(tomorrow, morning) },
    { key: "tomorrow_evening", time: at(tomorrow, evening) },
  ];
  if (daysToMonday > 1) all.push({ key: "monday_morning", time: at(now.add(daysToMonday, "day"), morning) });
  return all.filter(({ time }) => time.isAfter(now.add(leadMin, "minute")));
}

/* Between 22 and 9 o'clock people sleep, and the law protects them. */
export function isNight(iso: string): boolean {
  const hour = dayjs(iso).hour();
  return hour < 9 || hour >= 22;
}

/* "Москва, стандартное время (UTC+3)". */
export function zoneName(language: string, time: Date): string {
  const part = (timeZoneName: "long" | "shortOffset") =>
    new Intl.DateTimeFormat(language, { timeZoneName }).formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const offset = part("shortOffset").replace("GMT", "UTC");
  const name = part("long");
  return name === offset || name === "" ? offset : `${name} (${offset})`;
}
