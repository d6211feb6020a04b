/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a month cost, by account. */
import type { Answer } from "@/api/client";

type Cost = Answer<"/v1/costs", "get">["costs"][number];

export interface Spent {
  account: string;
  currency: string;
  messages: number;
  parts: number;
  unpriced: number;
  /* Decimal text, as apid writes it. */
  cost: string;
  own: string;
  /* Of some of its parts the provider told the price itself. */
  hasOwn: boolean;
}

const decimals = 6;
const unit = 10n ** BigInt(decimals);

function micro(amount: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(amount);
  if (match === null) return 0n;
  const [, minus = "", whole = "0", fraction = ""] = match;
  const value = BigInt(whole) * unit + BigInt(fraction.padEnd(decimals, "0").slice(0, decimals));
  return minus === "" ? value : -value;
}

function decimal(value: bigint): string {
  const bare = value < 0n ? -value : value;
  return `${value < 0n ? "-" : ""}${bare / unit}.${String(bare % unit).padStart(decimals, "0")}`;
}

/* Exact: sums of money are never put together as floating point numbers. */
export function add(a: string, b: string): string {
  return decimal(micro(a) + micro(b));
}

/* The amount with its other sign. */
export function minus(amount: string): string {
  return amount.startsWith("-") ? amount.slice(1) : `-${amount}`;
}

export function byAccount(costs: readonly Cost[]): Spent[] {
  const found = new Map<string, Spent>();
  for (const { account, currency, messages, parts, unpriced, cost, own_cost: own, own_parts: ownParts } of costs) {
    const key = `${account} ${currency}`;
    const before = found.get(key) ?? { account, currency, messages: 0, parts: 0, unpriced: 0, cost: "0", own: "0", hasOwn: false };
    found.set(key, {
      ...before,
      messages: before.messages + messages,
      parts: before.parts + parts,
      unpriced: before.unpriced + unpriced,
      cost: add(before.cost, cost),
      own: add(before.own, own),
      hasOwn: before.hasOwn || ownParts > 0,
    });
  }
  return [...found.values()];
}
