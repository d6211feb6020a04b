/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The beginning of a file, and what can be told from it before apid has seen it. */

/* apid takes a body of exactly this size for the beginning of a longer file. */
export const headBytes = 256 * 1024;
/* A workbook says at its end what its cells hold, so it is sent whole; apid takes no more than this to look at. */
export const workbookBytesMax = 16 * 1024 * 1024;

export type Trouble = "empty" | "workbook" | "utf16" | "binary" | "unreadable";

export interface Head {
  blob: Blob;
  /* It is the whole file. */
  whole: boolean;
  trouble: Trouble | null;
}

const signatures: readonly (readonly [Trouble, readonly number[]])[] = [
  ["workbook", [0xd0, 0xcf, 0x11, 0xe0]], // .xls, or one with a password
  ["utf16", [0xff, 0xfe]],
  ["utf16", [0xfe, 0xff]],
];

const workbookMark = [0x50, 0x4b, 0x03, 0x04]; // .xlsx

export function isWorkbook(bytes: Uint8Array): boolean {
  return workbookMark.every((byte, i) => bytes[i] === byte);
}

/* Spaces, line ends and separators: what Excel leaves of a table without cells. */
const sayNothing = new Set(new TextEncoder().encode(" \t\r\n;,\ufeff"));

export function troubleOf(bytes: Uint8Array): Trouble | null {
  if (bytes.every((byte) => sayNothing.has(byte))) return "empty";
  const signature = signatures.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  if (signature !== undefined) return signature[0];
  return !isWorkbook(bytes) && bytes.includes(0) ? "binary" : null;
}

export async function readHead(file: Blob): Promise<Head> {
  const blob = file.slice(0, headBytes);
  const whole = file.size < headBytes;
  try {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    if (isWorkbook(bytes)) return { blob: file, whole: true, trouble: file.size > workbookBytesMax ? "workbook" : null };
    return { blob, whole, trouble: troubleOf(bytes) };
  } catch {
    // A folder, or a file that another program keeps for itself.
    return { blob, whole, trouble: "unreadable" };
  }
}

/* About how many rows the file has, by those of its beginning. */
export function expectedRows(rowsSeen: number, fileSize: number): number {
  if (fileSize < headBytes) return rowsSeen;
  return Math.round((rowsSeen / headBytes) * fileSize);
}
