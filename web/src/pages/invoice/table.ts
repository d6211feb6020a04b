/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The comparison as a file for a spreadsheet. */
import type { Answer } from "@/api/client";

export type Comparison = Answer<"/v1/invoices/{id}", "get">;
export type Line = Comparison["lines"][number];

/* What a spreadsheet would take for a formula is text. */
function cell(value: string): string {
  const safe = /^[=+\-@\t]/.test(value) && !/^-?\d+([.,]\d+)?$/.test(value) ? `'${value}` : value;
  return /[;"\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvOf(rows: readonly (readonly string[])[]): string {
  // Excel takes the bytes in front for "this is UTF-8".
  return `\ufeff${rows.map((row) => row.map(cell).join(";")).join("\r\n")}\r\n`;
}

/* Sums with the mark of the language, so that a spreadsheet reads them as numbers. */
export function amount(value: string, language: string): string {
  return language === "ru" ? value.replace(".", ",") : value;
}

interface Words {
  head: readonly string[];
  whom: (line: Line) => string;
  rest: (line: Line) => string;
  cause: (cause: Line["causes"][number]["cause"]) => string;
  total: string;
  language: string;
}

export function tableOf(invoice: Comparison, { head, whom, rest, cause, total, language }: Words): string[][] {
  const money = (value: string) => amount(value, language);
  const lines = invoice.lines.map((line) => [
    line.line === null ? "" : String(line.line),
    whom(line),
    rest(line),
    String(line.charged),
    money(line.cost),
    String(line.own_parts),
    money(line.own_cost),
    String(line.invoice_count),
    money(line.invoice_sum),
    money(line.difference),
    line.causes.map(({ cause: why, sum }) => `${cause(why)}: ${money(sum)}`).join("; "),
  ]);
  const count = (of: (line: Line) => number) => String(invoice.lines.reduce((sum, line) => sum + of(line), 0));
  const last = ["", total, "", count(({ charged }) => charged), money(invoice.cost), count(({ own_parts: parts }) => parts), money(invoice.own_cost), count(({ invoice_count: units }) => units), money(invoice.invoice_sum), money(invoice.difference), ""];
  return [[...head], ...lines, last];
}
