/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which part of the page is open, and what it is narrowed to: in the address, so that every figure is a link
 * to its rows and "back" leads back to the figure. */
import type { MessageState } from "@/api/types";

export const tabs = ["result", "missed", "messages", "settings"] as const;
export type Tab = (typeof tabs)[number];
export const messageStates = ["queued", "claimed", "accepted", "delivered", "undelivered", "expired", "rejected", "failed", "cancelled", "unknown"] as const satisfies readonly MessageState[];
export type State = (typeof messageStates)[number];

export interface View {
  tab: Tab;
  /* Of those missed: "kind" or "kind:reason". */
  reason: string | null;
  /* Of messages. */
  state: State | null;
}

function oneOf<T extends string>(known: readonly T[], text: string | null): T | null {
  return known.find((each) => each === text) ?? null;
}

/* Null: every state. */
export function asState(text: string | null): State | null {
  return oneOf(messageStates, text);
}

export function readView(address: URLSearchParams): View {
  const tab = oneOf(tabs, address.get("tab")) ?? "result";
  return {
    tab,
    reason: tab === "missed" ? address.get("reason") : null,
    state: tab === "messages" ? asState(address.get("state")) : null,
  };
}

export function linkTo({ tab, reason = null, state = null }: Pick<View, "tab"> & Partial<View>): string {
  const address = new URLSearchParams();
  if (tab !== "result") address.set("tab", tab);
  if (reason !== null) address.set("reason", reason);
  if (state !== null) address.set("state", state);
  return `?${address.toString()}`;
}

/* Where an arrow leads from a tab; null for any other key. */
export function neighbour(tab: Tab, key: string): Tab | null {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  return step === undefined ? null : (tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] ?? null);
}
