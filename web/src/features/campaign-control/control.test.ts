/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { CampaignStatus } from "@/api/types";
import { canHold, canStop } from "./control";

const all: readonly CampaignStatus[] = ["draft", "planned", "running", "paused", "finished", "cancelled", "failed"];

test("what is over or not begun cannot be held", () => {
  expect(all.filter(canHold)).toEqual(["running", "paused"]);
  expect(all.filter(canStop)).toEqual(["planned", "running", "paused"]);
});
