/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether codes of a pool will last. */
import type { Answer } from "@/api/client";

export type Pool = Answer<"/v1/promo-pools", "get">["pools"][number];
export type Left = "empty" | "none" | "few" | "enough";

/* Under a tenth of what was loaded: time to load more. */
const fewShare = 0.1;

export function leftOf({ size, free }: Pick<Pool, "size" | "free">): Left {
  if (size === 0) return "empty";
  if (free === 0) return "none";
  return free < size * fewShare ? "few" : "enough";
}
