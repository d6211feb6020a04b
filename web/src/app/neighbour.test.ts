/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { neighbour } from "./neighbour";

test("arrows walk round the ends", () => {
  const items = ["a", "b", "c"];
  expect(neighbour(items, "a", 1)).toBe("b");
  expect(neighbour(items, "c", 1)).toBe("a");
  expect(neighbour(items, "a", -1)).toBe("c");
  expect(neighbour(items, undefined, 1)).toBe("a");
  expect(neighbour(items, undefined, -1)).toBe("c");
  expect(neighbour(items, "gone", 1)).toBe("a");
  expect(neighbour<string>([], undefined, 1)).toBeUndefined();
});
