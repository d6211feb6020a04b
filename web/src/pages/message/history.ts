/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What happened to a message, from the events of the API to the steps a person reads. */
import type { MessageEvent } from "@/api/types";

/* Events that say the same of several parts are one step. */
export interface Step {
  at: string;
  /* At least one; the first speaks for all. */
  events: [MessageEvent, ...MessageEvent[]];
}

/* What is the cause stands before what follows, where both have the same time. */
const rank: Record<MessageEvent["event"], number> = { created: 0, suppressed: 1, claimed: 2, accepted: 3, refused: 3, in_doubt: 4, receipt: 5, retry_due: 6 };

function inOrder(history: readonly MessageEvent[]): MessageEvent[] {
  return history.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || rank[a.event] - rank[b.event] || (a.part ?? 0) - (b.part ?? 0));
}

const ofParts: ReadonlySet<MessageEvent["event"]> = new Set(["accepted", "refused", "receipt"]);

function saysTheSame(a: MessageEvent, b: MessageEvent): boolean {
  return ofParts.has(a.event) && a.event === b.event && a.account === b.account && a.attempt === b.attempt && a.status === b.status && a.receipt === b.receipt && a.error === b.error;
}

export function stepsOf(history: readonly MessageEvent[]): Step[] {
  const steps: Step[] = [];
  for (const event of inOrder(history)) {
    const last = steps.at(-1);
    if (last !== undefined && saysTheSame(last.events[0], event)) last.events.push(event);
    else steps.push({ at: event.at, events: [event] });
  }
  return steps;
}

/* 1, 2, 3, 5 as "1–3, 5". */
export function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of [...new Set(numbers)].toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}

export interface SomeParts {
  count: number;
  numbers: string;
}

/* Which parts a step speaks of; null when it speaks of all of them. */
export function partsOf(step: Step, total: number): SomeParts | null {
  const parts = [...new Set(step.events.flatMap(({ part }) => (part === undefined || part === 0 ? [] : [part])))];
  return parts.length === 0 || parts.length >= total ? null : { count: parts.length, numbers: ranges(parts) };
}

export type Tone = "plain" | "good" | "bad" | "doubt";

type DoubtKey = `in_doubt_${"open" | "sent_again" | "settled"}`;
type ReceiptKey = `receipt_${"accepted" | "delivered" | "undelivered" | "expired" | "rejected" | "unknown"}`;
export type StepKey =
  | "created"
  | "created_for"
  | "claimed"
  | "claimed_again"
  | "accepted"
  | "refused"
  | "retry_due"
  | "retry_planned"
  | "suppressed"
  | DoubtKey
  | ReceiptKey;

/* What a doubt is takes more than a line to say. */
export function isExplained(key: StepKey): key is DoubtKey {
  return key.startsWith("in_doubt_");
}

const receipts: Record<string, { key: ReceiptKey; tone: Tone }> = {
  accepted: { key: "receipt_accepted", tone: "plain" },
  delivered: { key: "receipt_delivered", tone: "good" },
  undelivered: { key: "receipt_undelivered", tone: "bad" },
  expired: { key: "receipt_expired", tone: "bad" },
  rejected: { key: "receipt_rejected", tone: "bad" },
};

/* Which sentence tells a step, and how it looks. */
export function toldAs(step: Step, { isOfCampaign, now }: { isOfCampaign: boolean; now: number }): { key: StepKey; tone: Tone } {
  const [{ event, attempt = 1, outcome = "open", receipt = "" }] = step.events;
  switch (event) {
    case "created":
      return { key: isOfCampaign ? "created_for" : "created", tone: "plain" };
    case "claimed":
      return { key: attempt > 1 ? "claimed_again" : "claimed", tone: "plain" };
    case "accepted":
      return { key: "accepted", tone: "plain" };
    case "refused":
      return { key: "refused", tone: "bad" };
    case "in_doubt":
      return { key: `in_doubt_${outcome}`, tone: "doubt" };
    case "receipt":
      return receipts[receipt] ?? { key: "receipt_unknown", tone: "doubt" };
    case "retry_due":
      return { key: Date.parse(step.at) > now ? "retry_planned" : "retry_due", tone: "plain" };
    case "suppressed":
      return { key: "suppressed", tone: "bad" };
  }
}
