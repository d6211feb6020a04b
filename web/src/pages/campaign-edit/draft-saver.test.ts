/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiProblem } from "@/api/problem";
import type { Campaign } from "@/api/types";
import { emptyDraft, unsavable, wrongsOf, type Draft } from "./draft";
import { DraftSaver, retryMs, type DraftServer } from "./draft-saver";

/* Only what the saver reads. */
const campaign = (id: string) => ({ ...emptyDraft, id }) as Campaign;
const judge = (draft: Draft) => unsavable(wrongsOf(draft, new Set(["first_name"]), 0));

function make(id: string | null = null) {
  const server = {
    create: vi.fn<DraftServer["create"]>(() => Promise.resolve(campaign("7"))),
    change: vi.fn<DraftServer["change"]>((of) => Promise.resolve(campaign(of))),
  };
  const saver = new DraftSaver(server, { ...emptyDraft, name: "Draft" }, id, judge);
  return { server, saver, now: () => saver.getSnapshot() };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("nothing is made before somebody has typed; then all of it, once the fingers rest", async () => {
  const { server, saver, now } = make();
  saver.propose({ sender: "SHOP" });
  await saver.flush();
  expect(now().phase).toBe("new");
  saver.edit({ text: "H" });
  saver.edit({ text: "Hi" });
  expect(now()).toMatchObject({ phase: "saving", isDirty: true });
  await vi.advanceTimersByTimeAsync(1000);
  expect(server.create.mock.calls).toEqual([[{ ...emptyDraft, name: "Draft", sender: "SHOP", text: "Hi" }]]);
  expect(now()).toMatchObject({ phase: "saved", id: "7", isDirty: false, revision: 1 });
});

test("a change sends what was changed; what is typed on the way follows", async () => {
  const { server, saver, now } = make("5");
  server.change.mockImplementationOnce((of) => {
    saver.edit({ text: "second" });
    return Promise.resolve(campaign(of));
  });
  saver.edit({ text: "first", sender: "SHOP" });
  expect(await saver.flush()).toBe(true);
  expect(server.change.mock.calls).toEqual([
    ["5", { text: "first", sender: "SHOP" }],
    ["5", { text: "second" }],
  ]);
  expect(now()).toMatchObject({ phase: "saved", revision: 2 });
});

test("one request at a time", async () => {
  const { server, saver } = make("5");
  saver.edit({ text: "a" });
  await Promise.all([saver.flush(), saver.flush()]);
  expect(server.change).toHaveBeenCalledTimes(1);
});

test("a text with a mistake is kept back, the rest is saved", async () => {
  const { server, saver, now } = make("5");
  saver.edit({ text: "Hi {first", sender: "SHOP" });
  expect(await saver.flush()).toBe(false);
  expect(server.change.mock.calls).toEqual([["5", { sender: "SHOP" }]]);
  expect(now()).toMatchObject({ phase: "held", isDirty: true, problem: null });
  saver.edit({ text: "Hi {first_name}" });
  expect(await saver.flush()).toBe(true);
  expect(server.change).toHaveBeenLastCalledWith("5", { text: "Hi {first_name}" });
});

test("what the server refuses is not sent again until it changes", async () => {
  const { server, saver, now } = make("5");
  const refusal = new ApiProblem({ status: 422, kind: "invalid-request", errors: [{ field: "list_id", found: "9", expected: "a list" }] });
  server.change.mockRejectedValueOnce(refusal);
  saver.edit({ list_id: "9", name: "New" });
  expect(await saver.flush()).toBe(false);
  expect(server.change.mock.calls.at(-1)).toEqual(["5", { name: "New" }]);
  expect(now()).toMatchObject({ phase: "held", problem: refusal });
  saver.edit({ list_id: null });
  expect(await saver.flush()).toBe(true);
});

test("a lost connection is tried again by itself, later and later", async () => {
  const { server, saver, now } = make("5");
  server.change.mockRejectedValueOnce(new ApiProblem({ status: 0, kind: "offline" })).mockRejectedValueOnce(new ApiProblem({ status: 503, kind: "busy" }));
  saver.edit({ text: "Hi" });
  expect(await saver.flush()).toBe(false);
  expect(now()).toMatchObject({ phase: "failed", isDirty: true });
  await vi.advanceTimersByTimeAsync(retryMs(1));
  expect(now().phase).toBe("failed");
  await vi.advanceTimersByTimeAsync(retryMs(2));
  expect(now()).toMatchObject({ phase: "saved", isDirty: false, problem: null });
  expect([retryMs(1), retryMs(2), retryMs(9)]).toEqual([2000, 4000, 30_000]);
});

test("a draft that is none any more can begin again as another one", async () => {
  const { server, saver, now } = make("5");
  server.change.mockRejectedValueOnce(new ApiProblem({ status: 409, kind: "conflict" }));
  saver.edit({ text: "Hi" });
  expect(await saver.flush()).toBe(false);
  saver.edit({ text: "Hi!" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(now().phase).toBe("gone");
  expect(server.change).toHaveBeenCalledTimes(1);
  expect(await saver.startOver()).toBe(true);
  expect(server.create).toHaveBeenCalledWith({ ...emptyDraft, name: "Draft", text: "Hi!" });
  expect(now()).toMatchObject({ phase: "saved", id: "7" });
});

test("a closed one sends nothing", async () => {
  const { server, saver, now } = make("5");
  saver.edit({ text: "Hi" });
  saver.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.change).not.toHaveBeenCalled();
  expect(now().isDirty).toBe(false);
});
