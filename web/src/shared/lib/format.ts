/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Numbers, money, phones, times and durations as people write them in Russian and English. Pure, so that
 * texts, tables and tests agree. */
import dayjs, { type Dayjs } from "dayjs";

/* Narrow no-break space: parts of one number never stand on two lines. */
export const thin = "\u202f";
export const nbsp = "\u00a0";

function grouped(digits: string): string {
  // Four digits read well without a space, and years must not get one.
  return digits.length <= 4 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, thin);
}

function decimalMark(language: string): string {
  return language === "ru" ? "," : ".";
}

export function formatNumber(value: number, language: string, decimals = 0): string {
  const [whole = "0", fraction = ""] = Math.abs(value).toFixed(decimals).split(".");
  const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? "−" : "";
  return sign + grouped(whole) + (fraction === "" ? "" : decimalMark(language) + fraction);
}

/* Share of a whole, 0..1: 12 % in Russian, 12% in English. Never 100 % while something is missing,
 * nor 0 % while something is there. */
export function formatPercent(share: number, language: string): string {
  const unit = language === "ru" ? `${nbsp}%` : "%";
  if (share > 0 && share < 0.0005) return `<${nbsp}${formatNumber(0.1, language, 1)}${unit}`;
  const percent = share >= 1 ? 100 : Math.min(99.9, share * 100);
  const decimals = percent === 0 || percent >= 99.95 || (percent >= 10 && percent < 99) ? 0 : 1;
  const number = formatNumber(percent, language, decimals).replace(/[.,]0$/, "");
  return number + unit;
}

/* Roubles from the API's decimal string, rounded to kopecks. The string is cut, not turned into a floating
 * point number, so that great sums stay true. */
export function formatMoney(amount: string, language: string): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(amount);
  if (match === null) return amount;
  const [, minus = "", whole = "0", fraction = ""] = match;
  const tail = (fraction + "000").slice(0, 3);
  let kopecks = BigInt(whole) * 100n + BigInt(tail.slice(0, 2));
  if (tail.charAt(2) >= "5") kopecks += 1n;
  const rest = (kopecks % 100n).toString().padStart(2, "0");
  const number = (minus === "" ? "" : "−") + grouped((kopecks / 100n).toString()) + decimalMark(language) + rest;
  return language === "ru" ? `${number}${nbsp}₽` : `₽${number}`;
}

/* +7 900 123-45-67, without places to break; +7 900 ***-**-67 when it is masked; other numbers as they are. */
export function formatPhone(phone: string): string {
  const match = /^\+7([\d*]{3})([\d*]{3})([\d*]{2})([\d*]{2})$/.exec(phone);
  if (match === null) return phone;
  const [, code = "", first = "", second = "", third = ""] = match;
  // U+2011 would not be found by who searches the page for "-"; CSS keeps the hyphens together.
  return `+7${nbsp}${code}${nbsp}${first}-${second}-${third}`;
}

/* What a person typed as a phone, when it can be one: digits, at least five of them. */
export function looksLikePhone(text: string): boolean {
  const digits = text.replace(/[\s()\-+.]/g, "");
  return /^\d{5,15}$/.test(digits);
}

const units = {
  ru: { d: "дн", h: "ч", min: "мин", s: "с" },
  en: { d: "d", h: "h", min: "min", s: "s" },
};

/* The two greatest units: 2 h 5 min, 40 s. */
export function formatDuration(seconds: number, language: string): string {
  const names = language === "ru" ? units.ru : units.en;
  const total = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(total / 86400), names.d],
    [Math.floor((total % 86400) / 3600), names.h],
    [Math.floor((total % 3600) / 60), names.min],
    [total % 60, names.s],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return `0${nbsp}${names.s}`;
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count}${nbsp}${name}`)
    .join(nbsp);
}

const months = {
  ru: ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"],
  en: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
};

export function formatDay(time: Dayjs, language: string, now: Dayjs): string {
  const names = language === "ru" ? months.ru : months.en;
  const day = `${time.date()}${nbsp}${names[time.month()] ?? ""}`;
  return time.year() === now.year() ? day : `${day} ${time.year()}`;
}

/* 14:05 today, 22 ноября, 14:05 otherwise; the year when it is another. */
export function formatTime(iso: string, language: string, now: Dayjs = dayjs(), clockFormat = "HH:mm"): string {
  const time = dayjs(iso);
  const clock = time.format(clockFormat);
  return time.isSame(now, "day") ? clock : `${formatDay(time, language, now)}, ${clock}`;
}

/* With seconds, date and the zone in which it is shown: for who points at it. */
export function formatFullTime(iso: string, language: string): string {
  const time = dayjs(iso);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${formatDay(time, language, dayjs(0))}, ${time.format("HH:mm:ss")} · ${zone} (UTC${time.format("Z")})`;
}
