/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { ApiProblem } from "@/api/problem";
import type { ImportStatus } from "@/api/types";
import { isUnsent, Uploads, type UploadWays } from "./uploads";

const file = new File(["phone\n89161234567\n"], "clients.csv");
const begun = { importId: "7", personId: "1", file, plan: { file_name: "clients.csv" }, rows: 1 };
const busy = new ApiProblem({ status: 503, kind: "busy", retryAfterS: 7 });
const silence = new ApiProblem({ status: 0, kind: "offline" });
const refused = new ApiProblem({ status: 422, kind: "import-refused" });

/* Uploads whose sends end one after another as `ends` says: null is taken. */
function uploadsWith(ends: (ApiProblem | null)[], status: ImportStatus = "waiting", ways: Partial<UploadWays> = {}) {
  const seen: string[] = [];
  const waits: number[] = [];
  const unsent: boolean[] = [];
  const uploads = new Uploads({
    send: (_id, blob, { onSent }) => {
      onSent(blob.size / 2);
      onSent(blob.size);
      const end = ends.shift() ?? null;
      return end === null ? Promise.resolve() : Promise.reject(end);
    },
    statusOf: () => Promise.resolve(status),
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    now: () => 0,
    onUnsent: (is) => unsent.push(is),
    ...ways,
  });
  uploads.subscribe(() => {
    const phase = uploads.get("7", "1")?.phase;
    if (phase !== undefined && seen.at(-1) !== phase) seen.push(phase);
  });
  return { uploads, seen, waits, unsent };
}

test("a file is sent, stored and over, and may be lost only while it is sent", async () => {
  const { uploads, seen, unsent } = uploadsWith([null]);
  await uploads.start(begun);
  expect(seen).toEqual(["sending", "storing", "over"]);
  expect(uploads.get("7", "1")).toMatchObject({ phase: "over", sent: file.size, problem: null });
  expect([unsent[0], unsent.at(-1)]).toEqual([true, false]);
});

test("while two other files are imported it waits as long as apid says, however often", async () => {
  const { uploads, seen, waits } = uploadsWith([busy, busy, busy, busy, null]);
  await uploads.start(begun);
  expect(waits).toEqual([7000, 7000, 7000, 7000]);
  expect(seen).toContain("queued");
  expect(uploads.get("7", "1")?.problem).toBeNull();
});

test("each try begins to send the file, so that there are some seconds between them", async () => {
  const { uploads, waits } = uploadsWith([new ApiProblem({ status: 503, kind: "busy", retryAfterS: 1 }), null]);
  await uploads.start(begun);
  expect(waits).toEqual([5000]);
});

test("a refusal is the end", async () => {
  const { uploads, waits } = uploadsWith([refused]);
  await uploads.start(begun);
  expect(uploads.get("7", "1")?.problem).toBe(refused);
  expect(waits).toEqual([]);
});

test("without an answer it is sent again while the import still waits, three times at most", async () => {
  const { uploads, waits } = uploadsWith([silence, silence, silence, null]);
  await uploads.start(begun);
  expect(waits).toHaveLength(2);
  expect(uploads.get("7", "1")?.problem).toBe(silence);
});

test("without an answer it is not sent again when apid had begun with it, or cannot be asked", async () => {
  const begunThere = uploadsWith([silence, null], "running");
  await begunThere.uploads.start(begun);
  expect(begunThere.uploads.get("7", "1")?.problem).toBe(silence);
  const gone = uploadsWith([silence, null], "waiting", { statusOf: () => Promise.reject(silence) });
  await gone.uploads.start(begun);
  expect(gone.uploads.get("7", "1")?.problem).toBe(silence);
});

test("stopped, it is over without a problem", async () => {
  const { uploads } = uploadsWith([], "waiting", {
    send: (_id, _file, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(silence))),
  });
  const over = uploads.start(begun);
  expect(isUnsent(uploads.get("7", "1"))).toBe(true);
  uploads.stop("7");
  await over;
  expect(uploads.get("7", "1")).toMatchObject({ phase: "over", problem: null });
});

test("the file is its owner's alone", async () => {
  const { uploads } = uploadsWith([null]);
  await uploads.start(begun);
  expect(uploads.get("7", "2")).toBeUndefined();
  expect(uploads.get("8", "1")).toBeUndefined();
});

test("a file that was saved anew meanwhile is not sent again", async () => {
  const gone = new File(["x"], "x.csv");
  gone.slice = () => Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) });
  const { uploads, waits } = uploadsWith([silence, null]);
  await uploads.start({ ...begun, file: gone });
  expect(uploads.get("7", "1")?.problem?.kind).toBe("file-gone");
  expect(waits).toEqual([]);
});
