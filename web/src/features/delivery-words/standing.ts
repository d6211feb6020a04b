/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which price list is in force, which will be, which was. Days are those of the company, as apid tells them. */
import type { Tariff } from "@/api/types";

export type Standing = "now" | "coming" | "past";

/* `today` is a day such as 2026-11-28. The first day of `until` it is not in force any more. */
export function standingOf({ from, until }: Pick<Tariff, "from" | "until">, today: string): Standing {
  if (until !== null && (until <= today || until <= from)) return "past";
  return from > today ? "coming" : "now";
}

/* Whose it is, as one word that tells accounts from providers. */
export function ownerKey({ account, provider }: Pick<Tariff, "account" | "provider">): string {
  return account === null ? `p:${provider ?? ""}` : `a:${account}`;
}

/* The query of the API that names the same. */
export function ownerQuery(key: string): { account: string } | { provider: string } {
  return key.startsWith("a:") ? { account: key.slice(2) } : { provider: key.slice(2) };
}

const rank: Record<Standing, number> = { now: 0, coming: 1, past: 2 };

/* Those of one owner together, what is in force first, then what comes next, then what was, the newest first. */
export function inOrder<T extends Pick<Tariff, "account" | "provider" | "from" | "until">>(tariffs: readonly T[], today: string): T[] {
  return [...tariffs].sort((a, b) => {
    const owners = ownerKey(a).localeCompare(ownerKey(b));
    const standings = rank[standingOf(a, today)] - rank[standingOf(b, today)];
    const days = a.from.localeCompare(b.from);
    return owners || standings || (standingOf(a, today) === "past" ? -days : days);
  });
}
