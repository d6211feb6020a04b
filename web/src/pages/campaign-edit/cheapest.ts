/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { Draft } from "./draft";
import type { Check } from "./queries";

/* The spelling that costs least, when it is another one and reaches no fewer clients; of two equal ones the one that
 * changes less. */
export function cheapest(spelling: Draft["spelling"], check: Pick<Check, "spellings">): { spelling: "plain" | "latin"; saved: number; share: number } | null {
  const now = check.spellings.find((one) => one.spelling === spelling);
  if (now === undefined) return null;
  const others = check.spellings.filter((one) => one.recipients >= now.recipients && Number(one.cost) < Number(now.cost));
  const best = others.toSorted((a, b) => Number(a.cost) - Number(b.cost))[0];
  if (best === undefined || best.spelling === "as_is") return null;
  const saved = Number(now.cost) - Number(best.cost);
  return { spelling: best.spelling, saved, share: saved / Number(now.cost) };
}
