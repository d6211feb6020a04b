/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a value is shown, as a form has it, and the filters that say so. */
import { isDatePattern, type Filter } from "./filters";

export const letterWays = ["first_word", "title", "first_word_title", "lower", "upper"] as const;
export type LetterWay = (typeof letterWays)[number];

export type Format =
  | { kind: "plain" }
  /* Null: the usual one of the language. */
  | { kind: "date"; pattern: string | null }
  | { kind: "number" }
  | { kind: "money"; unit: string }
  | { kind: "plural"; forms: readonly string[] }
  | { kind: "letters"; way: LetterWay }
  /* Filters no form has; they stay as they are written. */
  | { kind: "own" };

export type FormatKind = Format["kind"];

const own: Format = { kind: "own" };

function single({ name, args }: Filter): Format {
  switch (name) {
    case "date":
      return args.length < 2 && args[0] !== "ru" && args[0] !== "en" ? { kind: "date", pattern: args[0] ?? null } : own;
    case "number":
      return args.length === 0 ? { kind: "number" } : own;
    case "money":
      return args.length < 2 && args[0] !== "ru" && args[0] !== "en" ? { kind: "money", unit: args[0] ?? "" } : own;
    case "plural":
      return { kind: "plural", forms: args };
    default:
      return { kind: "letters", way: name as LetterWay };
  }
}

export function formatOf(chain: readonly Filter[]): Format {
  const [first, second] = chain;
  if (first === undefined) return { kind: "plain" };
  if (second === undefined) return single(first);
  return chain.length === 2 && first.name === "first_word" && second.name === "title" ? { kind: "letters", way: "first_word_title" } : own;
}

/* What would end the quotes or the placeholder. */
const clean = (text: string) => text.replace(/["{}]/g, "");

/* Undefined: the form is not filled in yet, nothing can be written. */
export function filtersOf(format: Format): string | undefined {
  switch (format.kind) {
    case "plain":
      return "";
    case "date":
      if (format.pattern === null) return ":date";
      return format.pattern.trim() !== "" && isDatePattern(format.pattern) ? `:date "${clean(format.pattern)}"` : undefined;
    case "number":
      return ":number";
    case "money":
      return clean(format.unit).trim() === "" ? ":money" : `:money "${clean(format.unit)}"`;
    case "plural":
      return format.forms.every((form) => clean(form).trim() !== "") ? `:plural ${format.forms.map((form) => `"${clean(form)}"`).join(" ")}` : undefined;
    case "letters":
      return format.way === "first_word_title" ? ":first_word:title" : `:${format.way}`;
    case "own":
      return undefined;
  }
}

type ValueType = "text" | "sex" | "date" | "number" | "language" | "time_zone" | "tags" | "yes_no" | "one_of" | "many_of";

/* Which ways suit a value. An attribute that a file made is a text, and may hold anything. */
export function kindsFor(type: ValueType, isAttribute: boolean): FormatKind[] {
  if (type === "date") return ["plain", "date"];
  if (type === "number") return ["plain", "number", "money", "plural"];
  return isAttribute && type === "text" ? ["plain", "letters", "date", "number", "money", "plural"] : ["plain", "letters"];
}

/* How a field is put in when nobody has said anything: no client reads 2026-12-31. */
export function firstFilters(name: string, type: ValueType): string {
  if (type === "date") return ":date";
  if (name === "balance" || name === "debt") return ":money";
  return type === "number" ? ":number" : "";
}
