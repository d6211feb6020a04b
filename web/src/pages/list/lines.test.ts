/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { Leaf } from "./catalog";
import { linesOf, type Line } from "./lines";

const city: Leaf = { criterion: "city", op: "filled" };
const age: Leaf = { criterion: "age", op: "filled" };

function told(line: Line): unknown {
  return [line.path, line.leaf?.criterion ?? line.join, ...line.lines.map(told)];
}

test("a condition is a line", () => {
  expect(told(linesOf(city))).toEqual(["criteria", "city"]);
});

test("paths are those by which apid tells why", () => {
  expect(told(linesOf({ and: [city, { or: [age, { not: city }] }] }))).toEqual([
    "criteria",
    "and",
    ["criteria.and[0]", "city"],
    ["criteria.and[1]", "or", ["criteria.and[1].or[0]", "age"], ["criteria.and[1].or[1]", "none", ["criteria.and[1].or[1].not", "city"]]],
  ]);
});

test("what a group denies stands at once below it", () => {
  expect(told(linesOf({ not: { or: [city, age] } }))).toEqual(["criteria", "none", ["criteria.not.or[0]", "city"], ["criteria.not.or[1]", "age"]]);
  expect(told(linesOf({ not: { and: [city] } }))).toEqual(["criteria", "not_all", ["criteria.not.and[0]", "city"]]);
  expect(told(linesOf({ not: { not: city } }))).toEqual(["criteria", "none", ["criteria.not", "none", ["criteria.not.not", "city"]]]);
});
