/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Clicks by the links of the text, those nobody has followed yet included. */
import type { Answer } from "@/api/client";

type Counted = Answer<"/v1/campaigns/{id}/clicks", "get">["links"][number];

export interface LinkClicks extends Counted {
  /* Where it leads, as the text says. */
  target: string;
}

export function clicksOf(targets: readonly string[], counted: readonly Counted[]): LinkClicks[] {
  return targets.map((target, link) => ({ ...(counted.find((one) => one.link === link) ?? { link, messages: 0, clicks: 0, robots: 0 }), target }));
}
