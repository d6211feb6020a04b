/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { Scope, Wish } from "./useOptOut";

export interface Deed {
  name: "stop_advertising" | "stop_all";
  /* What the number is to receive no more afterwards. */
  wish: Scope;
}

const stopAdvertising: Deed = { name: "stop_advertising", wish: "advertising" };
const stopAll: Deed = { name: "stop_all", wish: "all" };

/* What can be done, the likeliest first. Nothing takes a stop away or makes it less: that is for a new consent. */
export function deedsFor(scope: Wish): readonly Deed[] {
  if (scope === null) return [stopAdvertising, stopAll];
  return scope === "advertising" ? [stopAll] : [];
}
