/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { hidden, isSame, queryOf, wrongsOf, type Draft, type Preview } from "./draft";

const draft = (change: Partial<Draft> = {}): Draft => ({ owner: "a:main", from: "2026-12-01", unit: "part", chargeOn: "acceptance", vat: "excluded", rate: "", currency: "", file: new File(["operator;price\n;4\n"], "цены.csv"), ...change });
const preview = (change: Partial<Preview> = {}): Preview => ({ against: "3", rows: 2, changed: 0, new: 0, gone: 0, same: 2, sha256: "", changes: [], ...change });

test("nothing is asked before all of it is said", () => {
  expect(wrongsOf(draft())).toEqual([]);
  expect(wrongsOf(draft({ owner: null, from: "", rate: "много", currency: "рубли", file: null }))).toEqual(["owner", "from", "rate", "currency", "file"]);
});

test("apid is told what was said and nothing of what was left open", () => {
  expect(queryOf(draft())).toEqual({ account: "main", from: "2026-12-01", vat: "excluded", unit: "part", charge_on: "acceptance", file_name: "цены.csv" });
  expect(queryOf(draft({ owner: "p:mts", rate: "5,5", currency: "USD" }))).toMatchObject({ provider: "mts", vat_rate: "5.5", currency: "USD" });
});

test("a list that changes nothing says so; a long one says how much it leaves out", () => {
  expect(isSame(preview())).toBe(true);
  expect(isSame(preview({ gone: 1 }))).toBe(false);
  expect(hidden(preview({ changed: 700, new: 2 }))).toBe(702);
});
