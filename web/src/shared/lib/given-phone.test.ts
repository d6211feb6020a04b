/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { givePhone, takePhones } from "./given-phone";

test("a number waits for the page, is taken once, and later ones come at once", () => {
  const seen: string[] = [];
  const take = (phone: string) => void seen.push(phone);
  givePhone("1");
  const stop = takePhones(take);
  givePhone("2");
  expect(seen).toEqual(["1", "2"]);
  stop();
  takePhones(take)();
  expect(seen).toEqual(["1", "2"]);
});
