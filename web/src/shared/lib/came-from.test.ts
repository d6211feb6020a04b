/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { arrived, cameFrom } from "./came-from";

test("only the entry just before counts", () => {
  arrived("/clients", false);
  expect(cameFrom("/clients")).toBe(false);
  arrived("/clients/17", false);
  expect(cameFrom("/clients")).toBe(true);
  arrived("/clients/17", true);
  expect(cameFrom("/clients")).toBe(true);
  // One step back would be the same page with another query.
  arrived("/clients/17", false);
  expect(cameFrom("/clients")).toBe(false);
});
