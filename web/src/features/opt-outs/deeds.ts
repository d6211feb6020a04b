/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { Wish } from "./useOptOut";

export interface Deed {
  name: "stop_advertising" | "stop_all" | "allow" | "allow_service";
  /* What the number is to receive no more afterwards. */
  wish: Wish;
}

const stopAdvertising: Deed = { name: "stop_advertising", wish: "advertising" };
const stopAll: Deed = { name: "stop_all", wish: "all" };
const allow: Deed = { name: "allow", wish: null };
const allowService: Deed = { name: "allow_service", wish: "advertising" };

/* What can be done, the likeliest first. */
export function deedsFor(scope: Wish): readonly Deed[] {
  if (scope === null) return [stopAdvertising, stopAll];
  return scope === "advertising" ? [allow, stopAll] : [allow, allowService];
}
