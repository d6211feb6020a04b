/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { SourceRun } from "@/api/types";
import { missingShare, stateOf, type Standing } from "./state";

const run = (fields: Partial<SourceRun>) => fields as SourceRun;
const source = (enabled: boolean, last_run: SourceRun | null, held_run_id: string | null = null): Standing => ({ enabled, last_run, held_run_id });

test("a question waits even for a source that is switched off, and behind a trial", () => {
  expect(stateOf(source(false, run({ status: "held" }), "7"))).toBe("held");
  expect(stateOf(source(true, run({ status: "done", dry_run: true }), "7"))).toBe("held");
});

test("a run under way, a failure, on and off", () => {
  expect(stateOf(source(false, run({ status: "running" })))).toBe("reading");
  expect(stateOf(source(true, run({ status: "waiting" })))).toBe("reading");
  expect(stateOf(source(true, run({ status: "failed", dry_run: false })))).toBe("failed");
  expect(stateOf(source(true, run({ status: "done" })))).toBe("on");
  expect(stateOf(source(true, run({ status: "dropped" })))).toBe("on");
  expect(stateOf(source(false, null))).toBe("off");
});

test("a trial that failed is no failure of the source", () => {
  expect(stateOf(source(true, run({ status: "failed", dry_run: true })))).toBe("on");
  expect(stateOf(source(false, run({ status: "failed", dry_run: false })))).toBe("off");
});

test("the share of who is missing", () => {
  expect(missingShare({ clients_missing: 3, clients_known: 100 })).toBeCloseTo(0.03);
  expect(missingShare({ clients_missing: 0, clients_known: 0 })).toBe(0);
});
