/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files on their way, by the import they belong to. They live outside of any page, in memory alone; a file
 * stays at hand after its upload, so that it need not be chosen again.
 *
 * What became of a file is apid's to say: here stands only how far this browser is with it. */
import type { RequestBody } from "@/api/client";
import { ApiProblem, asProblem } from "@/api/problem";
import type { Id, ImportStatus } from "@/api/types";

export type ImportPlan = Exclude<RequestBody<"/v1/imports/plan", "post">, Blob | undefined>;

/* queued: apid imports two other files; sending: bytes are leaving; storing: all have left. */
export type UploadPhase = "queued" | "sending" | "storing" | "over";

export interface Upload {
  readonly importId: Id;
  /* Whose file it is: who signs in next at this browser does not get it. */
  readonly personId: Id;
  readonly file: File;
  readonly plan: ImportPlan;
  /* About how many rows it has. */
  readonly rows: number;
  readonly phase: UploadPhase;
  readonly sent: number;
  /* When the phase began. */
  readonly since: number;
  /* Why apid did not take the file, or `file-gone`: it could not be read any more. */
  readonly problem: ApiProblem | null;
}

export type BegunUpload = Pick<Upload, "importId" | "personId" | "file" | "plan" | "rows">;

export interface UploadWays {
  send: (importId: Id, file: Blob, how: { onSent: (bytes: number) => void; signal: AbortSignal }) => Promise<void>;
  statusOf: (importId: Id) => Promise<ImportStatus>;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  now: () => number;
  /* Whether closing the window would lose something. */
  onUnsent: (unsent: boolean) => void;
}

/* Without an answer the same file is sent once more, but not for ever. */
const silentTriesMax = 3;
const silentWaitMs = 2000;
/* At least: each try begins to send the file. */
const queueWaitS = 5;

export function isUnsent(upload: Upload | undefined): boolean {
  return upload !== undefined && (upload.phase === "queued" || upload.phase === "sending");
}

/* Not when it was deleted or saved anew since it was chosen. */
async function canBeRead(file: Blob): Promise<boolean> {
  return file.slice(0, 1).arrayBuffer().then(
    () => true,
    () => false,
  );
}

export class Uploads {
  private readonly uploads = new Map<Id, Upload>();
  private readonly aborts = new Map<Id, AbortController>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly ways: UploadWays) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get(importId: Id, personId: Id): Upload | undefined {
    const upload = this.uploads.get(importId);
    return upload?.personId === personId ? upload : undefined;
  }

  /* Resolves when it is over, however it ended. */
  async start({ importId, personId, file, plan, rows }: BegunUpload): Promise<void> {
    const abort = new AbortController();
    this.aborts.set(importId, abort);
    this.put({ importId, personId, file, plan, rows, phase: "sending", sent: 0, since: this.ways.now(), problem: null });
    const problem = await this.run(importId, file, abort.signal);
    this.aborts.delete(importId);
    this.change(importId, { phase: "over", since: this.ways.now(), problem });
  }

  /* Sends no more of it. */
  stop(importId: Id): void {
    this.aborts.get(importId)?.abort();
  }

  private async run(importId: Id, file: File, signal: AbortSignal): Promise<ApiProblem | null> {
    for (let silentTries = 0; !signal.aborted; ) {
      this.change(importId, { phase: "sending", sent: 0, since: this.ways.now() });
      const problem = await this.sendOnce(importId, file, signal);
      if (problem === null) return null;
      if (problem.kind !== "busy") {
        if (problem.status !== 0) return problem;
        if (!(await canBeRead(file))) return new ApiProblem({ status: 0, kind: "file-gone" });
        silentTries += 1;
        if (silentTries === silentTriesMax || !(await this.stillWaits(importId))) return problem;
      }
      this.change(importId, { phase: "queued", sent: 0, since: this.ways.now() });
      await this.ways.wait(problem.kind === "busy" ? Math.max(queueWaitS, problem.retryAfterS ?? 0) * 1000 : silentWaitMs, signal);
    }
    return null;
  }

  private async sendOnce(importId: Id, file: File, signal: AbortSignal): Promise<ApiProblem | null> {
    const onSent = (bytes: number) => {
      if (this.uploads.get(importId)?.phase !== "sending") return;
      this.change(importId, bytes < file.size ? { sent: bytes } : { phase: "storing", sent: file.size, since: this.ways.now() });
    };
    try {
      await this.ways.send(importId, file, { onSent, signal });
      return null;
    } catch (error) {
      return signal.aborted ? null : asProblem(error);
    }
  }

  /* A connection that ends before the file was looked at has changed nothing. */
  private async stillWaits(importId: Id): Promise<boolean> {
    try {
      return (await this.ways.statusOf(importId)) === "waiting";
    } catch {
      return false;
    }
  }

  private change(importId: Id, change: Partial<Upload>): void {
    const upload = this.uploads.get(importId);
    if (upload !== undefined) this.put({ ...upload, ...change });
  }

  private put(upload: Upload): void {
    this.uploads.set(upload.importId, upload);
    this.ways.onUnsent([...this.uploads.values()].some(isUnsent));
    for (const listener of this.listeners) listener();
  }
}
