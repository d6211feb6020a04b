/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { deedsFor } from "./deeds";

test.each([null, "advertising", "all"] as const)("from %s both other states can be reached, and it itself is not offered", (scope) => {
  const wishes = deedsFor(scope).map(({ wish }) => wish);
  expect(new Set([scope, ...wishes])).toEqual(new Set([null, "advertising", "all"]));
  expect(wishes).not.toContain(scope);
});
