/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { linkTo, neighbour, readView } from "./view";

const read = (link: string) => readView(new URLSearchParams(link));

test("a link leads to the view it was made of", () => {
  expect(read(linkTo({ tab: "result" }))).toEqual({ tab: "result", reason: null, state: null });
  expect(read(linkTo({ tab: "missed", reason: "suppressed:opt_out" }))).toEqual({ tab: "missed", reason: "suppressed:opt_out", state: null });
  expect(read(linkTo({ tab: "messages", state: "delivered" }))).toEqual({ tab: "messages", reason: null, state: "delivered" });
});

test("what nobody knows is left out", () => {
  expect(read("?tab=everything&state=delivered")).toEqual({ tab: "result", reason: null, state: null });
  expect(read("?tab=messages&state=read")).toEqual({ tab: "messages", reason: null, state: null });
});

test("arrows go round the tabs", () => {
  expect(neighbour("result", "ArrowRight")).toBe("missed");
  expect(neighbour("result", "ArrowLeft")).toBe("settings");
  expect(neighbour("settings", "ArrowRight")).toBe("result");
  expect(neighbour("result", "Enter")).toBeNull();
});
