/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { senderFits } from "./sender";

test.each(["SHOP", "Shop & Co", "79001234567", "+79001234567", "900", "A2-3"])("%s may be a sender", (sender) => {
  expect(senderFits(sender)).toBe(true);
});

test.each(["", "+", " SHOP", "ELEVEN-AND-1", "Магазин", "a[b", "1234567890123456"])("“%s” may not", (sender) => {
  expect(senderFits(sender)).toBe(false);
});
