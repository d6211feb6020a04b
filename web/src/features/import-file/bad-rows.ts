/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The file of rows that were not taken, read back for a table: in front of each row as it stood stand its
 * line, the column and what is expected. */
import { fetchFile } from "@/api/fetch-file";
import { urlOf } from "@/api/client";
import type { Id } from "@/api/types";

export interface BadRow {
  line: number;
  field: string;
  found: string;
  expected: string;
}

export const badRowsShown = 100;
const bytesRead = 256 * 1024;
const ownColumns = 3;

/* Whole records of a table in RFC 4180's quoting; a last one without line end counts when `whole`. */
export function readTable(text: string, separator: string, whole: boolean): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = "";
  let quoted = false;
  const endField = () => {
    record.push(field);
    field = "";
  };
  const endRecord = () => {
    endField();
    records.push(record);
    record = [];
  };
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (quoted) {
      if (char !== '"') field += char;
      else if (text.charAt(i + 1) === '"') field += text.charAt(++i);
      else quoted = false;
    } else if (char === '"' && field === "") quoted = true;
    else if (char === separator) endField();
    else if (char === "\n") endRecord();
    else if (char !== "\r") field += char;
  }
  if (whole && (field !== "" || record.length > 0)) endRecord();
  return records;
}

/* What stood in the named column; the whole row where the row itself is wrong. */
function foundIn(row: readonly string[], header: readonly string[], field: string): string {
  const column = header.findIndex((name) => name.trim() === field);
  return column < 0 ? row.join(" ").trim() : (row[column] ?? "").trim();
}

export function badRowsOf(text: string, whole: boolean): BadRow[] {
  const separator = /^vestnik_line(.)/.exec(text)?.[1];
  if (separator === undefined) return [];
  const [head = [], ...records] = readTable(text, separator, whole);
  const header = head.slice(ownColumns);
  return records
    .map(([line = "", field = "", expected = "", ...row]) => ({ line: Number(line), field, expected, found: foundIn(row, header, field) }))
    .filter(({ line }) => Number.isInteger(line) && line > 0)
    .slice(0, badRowsShown);
}

export function fetchBadRows(id: Id, signal?: AbortSignal): Promise<Response> {
  return fetchFile(urlOf("/v1/imports/{id}/bad-rows", { path: { id } }), signal);
}

/* The file may hold a million rows: its beginning is enough for a table. */
async function readBeginning(response: Response): Promise<{ text: string; whole: boolean }> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; reader !== undefined && bytes < bytesRead; ) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), whole: true };
    bytes += value.byteLength;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return { text, whole: reader === undefined };
}

/* The first rows of such a file. */
export async function readBadRows(response: Response): Promise<BadRow[]> {
  const { text, whole } = await readBeginning(response);
  return badRowsOf(text, whole);
}

export async function loadBadRows(id: Id, signal: AbortSignal): Promise<BadRow[]> {
  return readBadRows(await fetchBadRows(id, signal));
}
