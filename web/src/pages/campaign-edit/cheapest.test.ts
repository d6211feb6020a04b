/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { cheapest } from "./cheapest";

const rows = (...costs: readonly [number, string][]) => ({ spellings: (["as_is", "plain", "latin"] as const).map((spelling, i) => ({ spelling, recipients: costs[i]?.[0] ?? 0, parts: 1, cost: costs[i]?.[1] ?? "0.00" })) });

test("the cheapest spelling is offered when it is another one", () => {
  expect(cheapest("as_is", rows([3, "15.00"], [3, "15.00"], [3, "10.00"]))).toEqual({ spelling: "latin", saved: 5, share: 1 / 3 });
  expect(cheapest("latin", rows([3, "15.00"], [3, "15.00"], [3, "10.00"]))).toBeNull();
  expect(cheapest("as_is", rows([3, "15.00"], [3, "10.00"], [3, "10.00"]))?.spelling).toBe("plain");
});

test("nothing is offered that reaches fewer clients, or back to the text as it is written", () => {
  expect(cheapest("as_is", rows([3, "15.00"], [3, "15.00"], [2, "10.00"]))).toBeNull();
  expect(cheapest("latin", rows([3, "10.00"], [3, "15.00"], [3, "15.00"]))).toBeNull();
  expect(cheapest("as_is", { spellings: [] })).toBeNull();
});
