/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { CampaignStatus } from "@/api/types";
import { lookAgainMs } from "./queries";

const of = (...statuses: CampaignStatus[]) => lookAgainMs(statuses.map((status) => ({ status })));

test("the table looks again only while something can change by itself", () => {
  expect(of("finished", "running", "planned")).toBe(2000);
  expect(of("finished", "planned")).toBe(10_000);
  expect(of("finished", "draft", "paused")).toBe(false);
  expect(of()).toBe(false);
});
