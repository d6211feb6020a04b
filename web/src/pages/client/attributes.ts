/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Attributes come from files as {"сумма_долга": "120"}: here they get names people read, an order, and values by their
 * type. */
import dayjs from "dayjs";
import type { AttributeType } from "@/api/types";
import { formatDay, formatNumber } from "@/shared/lib/format";

export interface Attribute {
  /* As apid and texts write it. */
  code: string;
  name: string;
  value: string;
}

/* "сумма_долга" is "Сумма долга". */
export function readableName(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const firstWord = (name: string) => name.split("_", 1)[0] ?? name;

/* Those whose names begin with the same word stand together, the single ones in a group of their own before
 * them; all by name. */
export function grouped(attributes: Readonly<Record<string, string>>, language: string): Attribute[][] {
  const { compare } = new Intl.Collator(language, { numeric: true });
  const names = Object.keys(attributes).toSorted(compare);
  const beginnings = [...new Set(names.map(firstWord))];
  const groups = beginnings.map((beginning) => names.filter((name) => firstWord(name) === beginning));
  const single = groups.filter(({ length }) => length === 1).flat();
  const several = groups.filter(({ length }) => length > 1);
  return [single, ...several].filter(({ length }) => length > 0).map((group) => group.map((code) => ({ code, name: readableName(code), value: attributes[code] ?? "" })));
}

/* What stands on the card: several words of many_of, one of all others; "yes" and "no" are left to the page. What is
 * not of its type, such as a mask, stands as it is. */
export function shownValues(value: string, type: AttributeType, language: string): string[] {
  if (type === "many_of") return value.split("\n").filter((word) => word !== "");
  if (type === "number" && /^-?\d{1,15}(\.\d+)?$/.test(value)) return [formatNumber(Number(value), language, value.split(".")[1]?.length ?? 0)];
  if (type === "date" && /^\d{4}-\d{2}-\d{2}$/.test(value)) return [formatDay(dayjs(value), language, dayjs(0))];
  return [value];
}
