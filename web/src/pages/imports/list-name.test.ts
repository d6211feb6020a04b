/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { importOfBadRows, nameOfFile, proposeListName } from "./list-name";

test.each([
  ["VIP_ноябрь.csv", "VIP ноябрь"],
  ["Должники октябрь (2).CSV", "Должники октябрь"],
  ["clients-2026-11.csv", "clients-2026-11"],
  ["архив.2026.csv", "архив.2026"],
  ["Книга1.csv", ""],
  ["Лист 2.csv", ""],
  ["clients.csv", ""],
  ["Выгрузка.csv", ""],
  [".csv", ""],
])("%s proposes %j", (file, name) => {
  expect(nameOfFile(file)).toBe(name);
});

test("a list called like the file is taken as it is written", () => {
  expect(proposeListName("vip_ноябрь.csv", ["Все", "VIP ноябрь"])).toBe("VIP ноябрь");
  expect(proposeListName("VIP.csv", ["VIP ноябрь"])).toBe("VIP");
});

test("a name is no longer than a list's may be", () => {
  expect(proposeListName(`${"я".repeat(250)}.csv`, [])).toHaveLength(200);
});

test("corrected rows are known by their file's name", () => {
  expect(importOfBadRows("bad-rows-17.csv")).toBe("17");
  expect(importOfBadRows("bad-rows-17 (1).csv")).toBe("17");
  expect(importOfBadRows("bad-rows.csv")).toBeNull();
});
