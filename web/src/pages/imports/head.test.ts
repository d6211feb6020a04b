/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { expectedRows, headBytes, readHead, troubleOf, workbookBytesMax } from "./head";

const bytes = (...values: number[]) => new Uint8Array(values);

test.each([
  ["empty", bytes()],
  ["empty", new TextEncoder().encode("\ufeff;;\r\n \t\n")],
  ["workbook", bytes(0xd0, 0xcf, 0x11, 0xe0)],
  ["utf16", bytes(0xff, 0xfe, 0x42, 0x04)],
  ["utf16", bytes(0xfe, 0xff, 0x04, 0x42)],
  ["binary", bytes(0x25, 0x50, 0x44, 0x46, 0x00)],
] as const)("%s is seen from the first bytes", (trouble, head) => {
  expect(troubleOf(head)).toBe(trouble);
});

test.each(["phone\n89161234567", "\ufeffТелефон;Имя", "PK"])("%j is a table as far as bytes tell", (text) => {
  expect(troubleOf(new TextEncoder().encode(text))).toBeNull();
});

test("a long file is cut where apid expects it, a short one goes whole", async () => {
  const long = await readHead(new Blob(["x".repeat(headBytes + 1)]));
  expect([long.blob.size, long.whole, long.trouble]).toEqual([headBytes, false, null]);
  const short = await readHead(new Blob(["x".repeat(headBytes - 1)]));
  expect([short.blob.size, short.whole]).toEqual([headBytes - 1, true]);
  expect((await readHead(new Blob(["x".repeat(headBytes)]))).whole).toBe(false);
});

test("a workbook goes whole, unless it is too large to be looked at", async () => {
  const mark = bytes(0x50, 0x4b, 0x03, 0x04, 0x00);
  const book = await readHead(new Blob([mark, new Uint8Array(headBytes)]));
  expect([book.blob.size, book.whole, book.trouble]).toEqual([headBytes + 5, true, null]);
  expect((await readHead(new Blob([mark, new Uint8Array(workbookBytesMax)]))).trouble).toBe("workbook");
});

test("a file that cannot be read says so", async () => {
  const file = new Blob(["x"]);
  file.slice = () => Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) });
  expect((await readHead(file)).trouble).toBe("unreadable");
});

test("rows are counted in a short file and estimated in a long one", () => {
  expect(expectedRows(12, 1000)).toBe(12);
  expect(expectedRows(5000, headBytes * 100)).toBe(500_000);
});
