/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { ConsentText } from "@/api/types";
import { latestOf } from "./latest";

const text = (purpose: string, version: number) => ({ purpose, version }) as ConsentText;

test("the newest version counts, in whatever order they come", () => {
  const latest = latestOf([text("marketing", 1), text("marketing", 3), text("survey", 1), text("marketing", 2)]);
  expect([...latest].map(([purpose, { version }]) => [purpose, version])).toEqual([
    ["marketing", 3],
    ["survey", 1],
  ]);
});
