/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Messages of one state in a great campaign: a page of the API looks at so many messages at most and may come
 * short or empty though there is a next one. For who reads, a page is full, or the last, or all that was
 * found in a while. */
interface Part<Row> {
  rows: readonly Row[];
  next_cursor: string | null;
}

interface Enough {
  rows: number;
  ms: number;
  now: () => number;
}

/* Asks until there are enough rows, or the time is over and there is at least one. */
export async function collect<Row>(ask: (cursor: string | undefined) => Promise<Part<Row>>, from: string | undefined, enough: Enough): Promise<{ rows: Row[]; next_cursor: string | null }> {
  const started = enough.now();
  const rows: Row[] = [];
  let cursor = from;
  for (;;) {
    const part = await ask(cursor);
    rows.push(...part.rows);
    const isLong = rows.length > 0 && enough.now() - started >= enough.ms;
    if (part.next_cursor === null || rows.length >= enough.rows || isLong) return { rows, next_cursor: part.next_cursor };
    cursor = part.next_cursor;
  }
}
