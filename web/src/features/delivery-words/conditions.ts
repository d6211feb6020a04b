/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a price or a line of an invoice is for, as far as it says so: what is left open holds for any. */
import type { MessageCategory } from "@/api/types";

export type SenderKind = "letters" | "number" | "short";

export interface Conditions {
  operator: string | null;
  network?: string | null;
  prefix?: string | null;
  category: string | null;
  registered: boolean | null;
  sender: string | null;
}

export const categories = ["advertising", "service", "transactional", "debt", "emergency", "authorisation"] as const satisfies readonly MessageCategory[];

export function isCategory(value: string): value is MessageCategory {
  return (categories as readonly string[]).includes(value);
}

export function isSenderKind(value: string): value is SenderKind {
  return value === "letters" || value === "number" || value === "short";
}

