/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { badRowsOf, badRowsShown, readTable } from "./bad-rows";

test("quotes hold separators, line ends and quotes; a record without its end waits for it", () => {
  expect(readTable('a;"b;""c""\nd"\r\n;\r\ne;f', ";", false)).toEqual([
    ["a", 'b;"c"\nd'],
    ["", ""],
  ]);
  expect(readTable("e;f", ";", true)).toEqual([["e", "f"]]);
  expect(readTable("", ";", true)).toEqual([]);
});

const header = "vestnik_line;vestnik_field;vestnik_problem;Телефон; Имя \r\n";

test("a bad row shows what stood in the named column", () => {
  expect(badRowsOf(`${header}5;"Телефон";"номер целиком";7,9E+10;Иван\r\n7;"Имя";"короче";1;"Пё;тр"\r\n`, true)).toEqual([
    { line: 5, field: "Телефон", expected: "номер целиком", found: "7,9E+10" },
    { line: 7, field: "Имя", expected: "короче", found: "Пё;тр" },
  ]);
});

test("a row that is wrong as a whole is shown as a whole", () => {
  const [row] = badRowsOf(`${header}9;"(строка)";"столбцов: 2";"89161234567"\r\n`, true);
  expect(row).toEqual({ line: 9, field: "(строка)", expected: "столбцов: 2", found: "89161234567" });
});

test("what is no row of the file is left out, and so is what is beyond the first hundred", () => {
  expect(badRowsOf("", true)).toEqual([]);
  expect(badRowsOf("Телефон;Имя\r\n1;2\r\n", true)).toEqual([]);
  expect(badRowsOf(`${header}x;y;z\r\n0;y;z\r\n`, true)).toEqual([]);
  const many = Array.from({ length: 150 }, (_, i) => `${i + 2};"Телефон";"?";x;y\r\n`).join("");
  expect(badRowsOf(header + many, true)).toHaveLength(badRowsShown);
});

test("the file's own separator is found in its first line", () => {
  expect(badRowsOf('vestnik_line\tvestnik_field\tvestnik_problem\tphone\n2\t"phone"\t"?"\ta;b\n', true)[0]?.found).toBe("a;b");
});
