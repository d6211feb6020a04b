/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { ConsentText } from "@/api/types";

/* The newest version of each purpose's text. */
export function latestOf(texts: readonly ConsentText[]): Map<string, ConsentText> {
  const latest = new Map<string, ConsentText>();
  for (const text of texts) {
    const known = latest.get(text.purpose);
    if (known === undefined || known.version < text.version) latest.set(text.purpose, text);
  }
  return latest;
}
