/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a placeholder does with a value before it is put in, as common/sms/filter.c reads it: {sum:money "₽"}. */

export interface Filter {
  name: string;
  args: readonly string[];
}

export interface Argument {
  text: string;
  /* Where it stands in the text, behind its quote. */
  from: number;
}

export type FilterFault = "unknown" | "arguments" | "forms" | "date_letter";

interface Fault {
  kind: FilterFault;
  at: number;
}

const names = ["date", "first_word", "lower", "money", "number", "plural", "title", "upper"];
const argumentsOf: Partial<Record<string, number>> = { date: 1, money: 1 };
const withLanguage = ["date", "money", "number"];
const runs = ["YYYY", "MMMM", "YY", "MM", "DD", "HH", "mm", "D", "M", "H"];

export const hasCyrillic = (text: string): boolean => /[\u0400-\u052f]/.test(text);

/* Of plural: three words, or two English ones. */
function formsFault(args: readonly Argument[], at: number): Fault | null {
  const areTwo = args.length === 2 && !args.some(({ text }) => hasCyrillic(text));
  return args.length === 3 || areTwo ? null : { kind: "forms", at };
}

function patternFault(pattern: Argument): Fault | null {
  for (const run of pattern.text.matchAll(/([A-Za-z])\1*/g)) {
    if (!runs.includes(run[0])) return { kind: "date_letter", at: pattern.from + run.index };
  }
  return null;
}

/* Whether the pattern of a date means something. */
export const isDatePattern = (text: string): boolean => patternFault({ text, from: 0 }) === null;

export function checkFilter(name: string, at: number, given: readonly Argument[]): Fault | null {
  if (!names.includes(name)) return { kind: "unknown", at };
  if (name === "plural") return formsFault(given, at);
  const last = given.at(-1)?.text;
  const args = withLanguage.includes(name) && (last === "ru" || last === "en") ? given.slice(0, -1) : given;
  const tooMany = args[argumentsOf[name] ?? 0];
  if (tooMany !== undefined) return { kind: "arguments", at: tooMany.from };
  return name === "date" && args[0] !== undefined ? patternFault(args[0]) : null;
}

/* --- what < and > compare --- */

const numberPattern = /^[+-]?0*\d{1,15}(?:[.,]\d+)?$/;
const datePattern = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d*)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

function isDate(text: string): boolean {
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0"] = datePattern.exec(text) ?? [];
  if (Number(year) < 1 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

export function isOrdered(text: string): boolean {
  const bare = text.replace(/^ +| +$/g, "");
  return numberPattern.test(bare) || isDate(bare);
}
