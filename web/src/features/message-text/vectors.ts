/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* For tests: the tables of tests/vectors, which the C sources are held to as well. */
import { readFileSync } from "node:fs";

/* Rows without the header, cells that may be quoted. */
export function rowsOf(file: string): string[][] {
  const text = readFileSync(new URL(`../../../../tests/vectors/${file}`, import.meta.url), "utf8");
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? "");
    if (end !== ",") rows.push([]);
  }
  return rows.slice(1).filter((row) => row.length > 1);
}
