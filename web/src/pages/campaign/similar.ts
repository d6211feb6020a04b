/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { RequestBody } from "@/api/client";
import type { Campaign } from "@/api/types";

type Draft = NonNullable<RequestBody<"/v1/campaigns", "post">>;

const nameMax = 200;

/* A name that is told apart from its model: `suffix` at its end, once. Cut where the whole is too long, and
 * not within a character of two halves. */
export function similarName(name: string, suffix: string): string {
  const bare = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  return Array.from(bare).slice(0, nameMax - suffix.length).join("") + suffix;
}

/* The same message to the same clients. When it starts is asked anew: the old time is over; so is why it may go beyond
 * the limits: a reason holds once. */
export function similarDraft(campaign: Campaign, suffix: string): Draft {
  const { text, spelling, sender, class: repetition, category, list_id, account, priority, max_parts, validity_s, pace_per_min, after_hours } = campaign;
  return { name: similarName(campaign.name, suffix), text, spelling, sender, class: repetition, category, list_id, account, priority, max_parts, validity_s, pace_per_min, after_hours };
}
