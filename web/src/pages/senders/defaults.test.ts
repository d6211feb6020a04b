/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { SenderRules } from "@/api/types";
import { senderOf, withSender } from "./defaults";

const rules: SenderRules = {
  unregistered: "open",
  defaults: [
    { class: "service", category: "debt", sender: "BANK" },
    { class: "service", category: null, sender: "SHOP" },
  ],
};

test("the default of a class is not that of one of its categories", () => {
  expect(senderOf(rules, "service")).toBe("SHOP");
  expect(senderOf(rules, "alert")).toBeUndefined();
});

test("it is changed and taken away without touching the others", () => {
  expect(withSender(rules, "service", "NEW").defaults).toEqual([rules.defaults[0], { class: "service", category: null, sender: "NEW" }]);
  expect(withSender(rules, "service", undefined).defaults).toEqual([rules.defaults[0]]);
  expect(withSender(rules, "alert", "SHOP").defaults).toHaveLength(3);
});
