/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which senders a text may be from, and which one it is from when nobody says. */
import type { Campaign, Sender, SenderRules } from "@/api/types";

type For = Pick<Campaign, "class" | "category">;

export function namesOf(senders: readonly Sender[]): string[] {
  return senders.filter(({ enabled }) => enabled).map(({ name }) => name);
}

/* The one for the category goes before the one for all of its class. One that is switched off is none. */
export function defaultFor(rules: SenderRules, names: readonly string[], { class: kind, category }: For): string | undefined {
  const fit = rules.defaults.filter((one) => one.class === kind && (one.category ?? category) === category && names.includes(one.sender));
  return (fit.find((one) => one.category === category && category !== null) ?? fit[0])?.sender;
}

/* The default; else who wrote last, as far as that may still be. */
export function proposedFor(rules: SenderRules, senders: readonly Sender[], last: readonly string[], what: For): string | undefined {
  const names = namesOf(senders);
  const mayBe = (name: string) => names.includes(name) || (rules.unregistered === "open" && !senders.some((sender) => sender.name === name));
  return defaultFor(rules, names, what) ?? last.find(mayBe) ?? (names.length === 1 ? names[0] : undefined);
}
