/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { collect } from "./collect";

/* Pages by their number of rows; every answer takes a second. */
function server(sizes: readonly number[]) {
  let asked = 0;
  return {
    enough: { rows: 50, ms: 3000, now: () => asked * 1000 },
    ask: (cursor: string | undefined) => {
      asked += 1;
      const i = Number(cursor ?? "0");
      return Promise.resolve({ rows: Array.from({ length: sizes[i] ?? 0 }, (_, row) => `${i}.${row}`), next_cursor: i + 1 < sizes.length ? String(i + 1) : null });
    },
    count: () => asked,
  };
}

test("empty pages are passed over, however many", async () => {
  const { ask, enough } = server([0, 0, 0, 0, 0, 2, 0]);
  expect(await collect(ask, undefined, enough)).toEqual({ rows: ["5.0", "5.1"], next_cursor: "6" });
});

test("short pages are put together until there are enough rows", async () => {
  const { ask, enough, count } = server([30, 25, 40]);
  const page = await collect(ask, undefined, enough);
  expect(page.rows).toHaveLength(55);
  expect(page.next_cursor).toBe("2");
  expect(count()).toBe(2);
});

test("who waits sees what was found so far, and can go on from there", async () => {
  const { ask, enough } = server([1, 0, 0, 0, 1]);
  const page = await collect(ask, undefined, enough);
  expect(page).toEqual({ rows: ["0.0"], next_cursor: "3" });
  expect(await collect(ask, "3", enough)).toEqual({ rows: ["4.0"], next_cursor: null });
});

test("the end without a row is an empty last page", async () => {
  const { ask, enough } = server([0, 0]);
  expect(await collect(ask, undefined, enough)).toEqual({ rows: [], next_cursor: null });
});
