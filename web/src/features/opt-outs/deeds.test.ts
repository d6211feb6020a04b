/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { deedsFor } from "./deeds";

test.each([
  [null, ["advertising", "all"]],
  ["advertising", ["all"]],
  ["all", []],
] as const)("from %s a stop can be made and widened, never lifted or narrowed", (scope, wishes) => {
  expect(deedsFor(scope).map(({ wish }) => wish)).toEqual(wishes);
});
