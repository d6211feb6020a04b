/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The default of a whole class; those of single categories are kept as they are. */
import type { SenderRules } from "@/api/types";

export type Class = SenderRules["defaults"][number]["class"];
export const classes = ["advertising", "service", "alert"] as const satisfies readonly Class[];

const isFor = (kind: Class) => (one: SenderRules["defaults"][number]) => one.class === kind && (one.category ?? null) === null;

export function senderOf(rules: SenderRules, kind: Class): string | undefined {
  return rules.defaults.find(isFor(kind))?.sender;
}

export function withSender(rules: SenderRules, kind: Class, sender: string | undefined): SenderRules {
  const others = rules.defaults.filter((one) => !isFor(kind)(one));
  return { ...rules, defaults: sender === undefined ? others : [...others, { class: kind, category: null, sender }] };
}
