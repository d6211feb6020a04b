/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { mediaTypeOf, rateOf, wrongLines } from "./sheet";

test("a rate is typed as people write it, or left out", () => {
  expect(rateOf(" ")).toBeUndefined();
  expect(rateOf("22")).toBe("22");
  expect(rateOf("5,5 %")).toBe("5.5");
  expect(rateOf("0")).toBe("0");
  for (const wrong of ["101", "-1", "5.555", "много"]) expect(rateOf(wrong)).toBeNull();
});

test("a workbook is sent as one, everything else as text", () => {
  expect(mediaTypeOf("Цены.XLSX")).toMatch(/spreadsheet/);
  expect(mediaTypeOf("prices.csv")).toBe("text/csv");
});

test("what is wrong in the file is told apart from what is wrong in the form", () => {
  const errors = [
    { field: "from", found: "", expected: "a date" },
    { field: "price", line: 3, found: "abc", expected: "a number" },
  ];
  expect(wrongLines({ errors })).toEqual([{ line: 3, field: "price", found: "abc", expected: "a number" }]);
});
