/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Keeps a draft on the server while it is being written: makes it with the first change, sends changes once
 * the fingers rest, one request at a time, and tries again what failed for a passing reason.
 *
 * Knows nothing of React: a page subscribes, and what is being saved goes on when the page is left. */
import { asProblem, type ApiProblem } from "@/api/problem";
import type { Campaign } from "@/api/types";
import { allFields, type Draft, type Field } from "./draft";

export type Phase =
  /* Nothing worth saving yet. */
  | "new"
  /* A change waits for its turn or is on its way. */
  | "saving"
  | "saved"
  /* What can be saved is saved; the rest waits to be mended. */
  | "held"
  /* Tried again by itself. */
  | "failed"
  /* The draft is a draft no more, or was deleted. */
  | "gone";

export interface Snapshot {
  draft: Draft;
  id: string | null;
  phase: Phase;
  /* Of `failed`, `held` by the server's word, and `gone`. */
  problem: ApiProblem | null;
  savedAtMs: number | null;
  /* Grows with every change that has reached the server. */
  revision: number;
  /* Something typed is not on the server. */
  isDirty: boolean;
}

export interface DraftServer {
  create: (fields: Partial<Draft>) => Promise<Campaign>;
  change: (id: string, fields: Partial<Draft>) => Promise<Campaign>;
}

/* Names fields the server would refuse as they are. */
export type Judge = (draft: Draft) => readonly Field[];

const restMs = 700;
const firstRetryMs = 2000;
const longestRetryMs = 30_000;

export function retryMs(failures: number): number {
  return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.max(0, failures - 1));
}

const mayPass = ({ status }: ApiProblem) => status === 0 || status === 401 || status === 429 || status >= 500;

export class DraftSaver {
  private readonly dirty = new Set<Field>();
  /* Values the server did not take. */
  private readonly refused = new Map<Field, Draft[Field]>();
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private refusal: ApiProblem | null = null;
  private failures = 0;
  private closed = false;
  private snapshot: Snapshot;

  constructor(
    private readonly server: DraftServer,
    draft: Draft,
    id: string | null,
    private unsavable: Judge,
  ) {
    this.snapshot = { draft, id, phase: id === null ? "new" : "saved", problem: null, savedAtMs: null, revision: 0, isDirty: false };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getSnapshot = (): Snapshot => this.snapshot;

  /* More is known of what the server takes. */
  judgeBy(unsavable: Judge): void {
    this.unsavable = unsavable;
  }

  /* A value nobody has typed: sent with the first change somebody makes. */
  propose(change: Partial<Draft>): void {
    if (this.snapshot.id === null && this.dirty.size === 0) this.tell({ draft: { ...this.snapshot.draft, ...change } });
    else this.edit(change);
  }

  edit(change: Partial<Draft>): void {
    for (const field of allFields) if (field in change) this.dirty.add(field);
    this.tell({ draft: { ...this.snapshot.draft, ...change } });
    if (this.snapshot.phase === "gone" || this.closed) return;
    this.tell({ phase: "saving" });
    this.schedule(restMs);
  }

  /* Saves what there is now. False when something is still not on the server. */
  async flush(): Promise<boolean> {
    if (this.snapshot.phase === "gone" || this.closed) return false;
    clearTimeout(this.timer);
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    await this.running;
    return this.snapshot.id !== null && this.dirty.size === 0;
  }

  /* The draft that is gone begins again as another one. */
  startOver(): Promise<boolean> {
    for (const field of allFields) this.dirty.add(field);
    this.tell({ id: null, phase: "saving", problem: null });
    return this.flush();
  }

  /* Nothing is sent any more: the draft was deleted or launched by this very page. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.dirty.clear();
    this.tell({});
  }

  private tell(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change, isDirty: this.dirty.size > 0 };
    this.listeners.forEach((listener) => listener());
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  private isRefused(field: Field): boolean {
    return this.refused.has(field) && this.refused.get(field) === this.snapshot.draft[field];
  }

  private isHeld(field: Field): boolean {
    return this.unsavable(this.snapshot.draft).includes(field) || this.isRefused(field);
  }

  /* What would be sent now: of a new draft everything, so that proposals are kept, too. */
  private sendable(): Partial<Draft> | null {
    const { draft, id } = this.snapshot;
    const isNew = id === null;
    if (this.dirty.size === 0 || (isNew && this.isHeld("name"))) return null;
    const names = allFields.filter((field) => (isNew || this.dirty.has(field)) && !this.isHeld(field));
    return names.length === 0 ? null : Object.fromEntries(names.map((field) => [field, draft[field]]));
  }

  private async run(): Promise<void> {
    for (let fields = this.sendable(); fields !== null; fields = this.sendable()) {
      this.tell({ phase: "saving" });
      try {
        this.onSaved(fields, await this.send(fields));
      } catch (error) {
        if (!this.onProblem(fields, asProblem(error))) return;
      }
    }
    if (this.closed) return;
    if (this.dirty.size > 0) this.tell({ phase: "held", problem: allFields.some((field) => this.isRefused(field)) ? this.refusal : null });
    else if (this.snapshot.id !== null) this.tell({ phase: "saved", problem: null });
  }

  private send(fields: Partial<Draft>): Promise<Campaign> {
    const { id } = this.snapshot;
    return id === null ? this.server.create(fields) : this.server.change(id, fields);
  }

  private onSaved(fields: Partial<Draft>, campaign: Campaign): void {
    this.failures = 0;
    for (const field of allFields) {
      // What was changed on the way is still to be sent.
      if (field in fields && fields[field] === this.snapshot.draft[field]) this.dirty.delete(field);
    }
    this.tell({ id: campaign.id, savedAtMs: Date.now(), revision: this.snapshot.revision + 1, problem: null });
  }

  /* True when the rest can be sent without what was refused. */
  private onProblem(fields: Partial<Draft>, problem: ApiProblem): boolean {
    if (problem.status === 404 || problem.status === 409) {
      this.tell({ phase: "gone", problem });
      return false;
    }
    if (mayPass(problem)) {
      this.failures += 1;
      this.tell({ phase: "failed", problem });
      if (!this.closed) this.schedule(retryMs(this.failures));
      return false;
    }
    this.refusal = problem;
    const named = allFields.filter((field) => field in fields && problem.expected(field) !== undefined);
    for (const field of named) this.refused.set(field, this.snapshot.draft[field]);
    this.tell({ phase: "held", problem });
    return named.length > 0;
  }
}
