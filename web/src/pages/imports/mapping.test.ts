/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { attributeName } from "@/features/import-file/fields";
import { isShortened, lacksHeader, likelyPhone, nameProblems, planColumns, problemsLeft, proposed, withField, withName, type Meaning, type PreviewColumn } from "./mapping";

const column = (header: string, field: PreviewColumn["field"], samples: string[] = []): PreviewColumn => ({
  header,
  field,
  attribute: field === "attribute" ? attributeName(header) : null,
  samples,
});
const columns = [column("Телефон", "phone"), column("Имя", "first_name"), column("Сумма долга", "attribute"), column("Моб.", "ignored")];

/* As tests/unit/apid/columns_test.c has them. */
test.each([
  ["Сумма долга, руб.", "сумма_долга_руб"],
  ["  Ёлка  ", "ёлка"],
  ["ID-2", "id_2"],
  ["a × b", "a_b"],
  ["«Город»", "город"],
  ["№ договора", "договора"],
  ["…", ""],
])("%j is called %j in texts", (header, name) => {
  expect(attributeName(header)).toBe(name);
});

test("a long name is cut between letters", () => {
  expect(attributeName("я".repeat(100))).toBe("я".repeat(60));
});

test("what apid proposes is where a person begins", () => {
  expect(proposed(columns)).toEqual([
    { field: "phone", name: "телефон" },
    { field: "first_name", name: "имя" },
    { field: "attribute", name: "сумма_долга" },
    { field: "ignored", name: "моб" },
  ]);
});

test("a second phone takes the place of the first, attributes stand beside each other", () => {
  const meanings = withField(proposed(columns), 3, "phone");
  expect(meanings.map(({ field }) => field)).toEqual(["ignored", "first_name", "attribute", "phone"]);
  expect(withField(meanings, 0, "attribute").map(({ field }) => field)).toEqual(["attribute", "first_name", "attribute", "phone"]);
});

test("a changed name is told as texts will write it, a column left out without a name", () => {
  const meanings = withName(withField(proposed(columns), 1, "ignored"), 2, "Долг, ₽");
  expect(planColumns(columns, meanings)).toEqual([
    { header: "Телефон", field: "phone", attribute: null },
    { header: "Имя", field: "ignored", attribute: null },
    { header: "Сумма долга", field: "attribute", attribute: "долг" },
    { header: "Моб.", field: "ignored", attribute: null },
  ]);
});

test("names that texts cannot use are found", () => {
  const attribute = (name: string): Meaning => ({ field: "attribute", name });
  const meanings = [attribute("банк"), attribute("Банк"), attribute("2026"), attribute("!"), attribute("phone"), { field: "ignored", name: "" } as const];
  expect(nameProblems(meanings)).toEqual([null, "twice", "start", "empty", "field", null]);
});

test("a column of numbers is likely the phones'", () => {
  expect(likelyPhone([column("Кто", "attribute", ["Иван"]), column("Контакт", "attribute", ["8 916 123-45-67", "+7(900)1234567"])])).toBe(1);
  expect(likelyPhone([column("Кто", "attribute", []), column("Сумма", "attribute", ["100"])])).toBe(-1);
});

test("a client in the first line is no header", () => {
  expect(lacksHeader([column("89161234567", "attribute"), column("Иван", "attribute")])).toBe(true);
  expect(lacksHeader(columns)).toBe(false);
});

test.each([
  ["7,9E+10", true],
  ["7.91612E+10", true],
  ["8E10", true],
  ["89161234567", false],
  ["E", false],
])("%s shortened by Excel: %s", (text, is) => {
  expect(isShortened(text)).toBe(is);
});

test("what was wrong with a column is forgotten when the column means something else", () => {
  const problem = (field: string) => ({ line: 2, field, found: "x", expected: "y" });
  const preview = { columns, rows: [], encoding: "UTF-8", separator: ";", rows_seen: 3, problems: [problem("Телефон"), problem("(строка)")] };
  const meanings = withField(proposed(columns), 3, "phone");
  expect(problemsLeft(preview, meanings)).toEqual([problem("(строка)")]);
  expect(problemsLeft(preview, proposed(columns))).toHaveLength(2);
});
