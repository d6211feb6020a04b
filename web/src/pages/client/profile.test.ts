/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { profileOf } from "./profile";

const nothing = {
  sex: null, birthday: null, language: null, time_zone: null, region: null, city: null, branch: null, manager: null, status: null, segment: null,
  loyalty_tier: null, points: null, balance: null, debt: null, contract_number: null, contract_from: null, contract_to: null, registered_on: null,
};

test("what is not known takes no room", () => {
  expect(profileOf(nothing)).toEqual([]);
  expect(profileOf({ ...nothing, city: "" })).toEqual([]);
});

test("fields stand in the groups people look for them", () => {
  const groups = profileOf({ ...nothing, sex: "female", city: "Тверь", region: "Тверская область", debt: "0.00" });
  expect(groups.map((group) => group.map(({ field }) => field))).toEqual([["sex"], ["region", "city"], ["debt"]]);
  expect(groups.at(-1)).toEqual([{ field: "debt", kind: "money", value: "0.00" }]);
});
