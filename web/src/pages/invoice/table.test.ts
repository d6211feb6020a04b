/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { csvOf, tableOf, type Comparison, type Line } from "./table";

const line = (change: Partial<Line> = {}): Line => ({
  line: 2, operator: "mts", category: "advertising", registered: null, sender: null, messages: 10, parts: 12, charged: 12, unpriced: 0, cost: "42.00", own_parts: 0, own_cost: "0.00", invoice_count: 13, invoice_sum: "45.50", difference: "3.50", causes: [{ cause: "count", sum: "3.50" }], ...change,
});
const invoice = (lines: Line[]): Comparison => ({
  id: "1", account: "main", provider: null, month: "2026-11", currency: "RUB", vat: "included", vat_rate: "22", file_name: "a.csv", sha256: "", loaded_by: "", loaded_at: "2026-12-01T00:00:00.000Z", replaced_by: null, lines, cost: "42.00", own_cost: "0.00", invoice_sum: "45.50", difference: "3.50",
});
const words = { head: ["Строка"], whom: () => "МТС", rest: () => "Реклама", cause: () => "Количество", total: "Итого", language: "ru" };

test("each line has both sides, the difference and why; the last row sums up", () => {
  const rows = tableOf(invoice([line(), line({ line: null, causes: [] })]), words);
  expect(rows[1]).toEqual(["2", "МТС", "Реклама", "12", "42,00", "0", "0,00", "13", "45,50", "3,50", "Количество: 3,50"]);
  expect(rows[2]?.[0]).toBe("");
  expect(rows[3]).toEqual(["", "Итого", "", "24", "42,00", "0", "0,00", "26", "45,50", "3,50", ""]);
});

test("a file holds text that could be a formula as text, and quotes what separates", () => {
  expect(csvOf([["=1+1", "a;b", 'c"d', "-3,50"]])).toBe("\ufeff'=1+1;\"a;b\";\"c\"\"d\";-3,50\r\n");
});
