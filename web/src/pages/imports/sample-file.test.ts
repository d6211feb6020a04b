/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { sampleText } from "./sample-file";

test("the example is what Excel opens: its mark, semicolons, as many fields in each line", () => {
  expect(sampleText().startsWith("\ufeffТелефон;Фамилия;Имя;Отчество;Город\r\n")).toBe(true);
  const lines = sampleText().trimEnd().split("\r\n");
  expect(new Set(lines.map((line) => line.split(";").length))).toEqual(new Set([5]));
});
