/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Other ways in than a password, and how one of them ended. */
import type { Answer } from "@/api/client";

export type Ways = Answer<"/v1/session/ways", "get">;

const ends = ["expired", "refused", "no_role", "disabled", "unavailable"] as const;
export type End = (typeof ends)[number];

/* Why the browser was sent back to the door, from the address it was sent to. */
export function endOf(search: string): End | null {
  const said = new URLSearchParams(search).get("sign_in");
  return ends.find((end) => end === said) ?? null;
}

/* What stands on the button: the company's own name for it, else ours; null without such a way. */
export function buttonOf(ways: Ways | undefined, ours: string): string | null {
  if (ways === undefined || ways.oidc === null) return null;
  return ways.oidc.title.trim() === "" ? ours : ways.oidc.title.trim();
}
