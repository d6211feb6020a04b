/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Months such as 2026-11, as invoices have them. */

const names = {
  ru: ["январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"],
  en: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
};

export function isMonth(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text);
}

/* ноябрь 2026 */
export function formatMonth(month: string, language: string): string {
  if (!isMonth(month)) return month;
  const name = (language === "ru" ? names.ru : names.en)[Number(month.slice(5)) - 1] ?? "";
  return `${name} ${month.slice(0, 4)}`;
}

/* Its first and last day. */
export function daysOf(month: string): { from: string; until: string } {
  const last = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
  return { from: `${month}-01`, until: `${month}-${last}` };
}

/* The one before that of the day: invoices come when a month is over. */
export function monthBefore(day: string): string {
  const year = Number(day.slice(0, 4));
  const month = Number(day.slice(5, 7));
  return month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, "0")}`;
}
