/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a text is written out before it is sent, and what each way would save. */
import type { Preview } from "./queries";

type Row = Preview["spellings"][number];
export type Spelling = Row["spelling"];

export const spellings = ["as_is", "plain", "latin"] as const satisfies readonly Spelling[];

/* What a message, and a list of clients, would cost in one spelling against the text as it is written. */
export interface Saving {
  parts: Row["parts"];
  /* It makes another text of what some client gets. */
  isOther: boolean;
  /* Of the parts, from 0 to 1. */
  share: number;
  /* Roubles for one message. */
  each: number;
}

export function savingsOf(preview: Preview | undefined): ReadonlyMap<Spelling, Saving> {
  const rows = preview?.spellings ?? [];
  const written = rows.find(({ spelling }) => spelling === "as_is");
  return new Map(
    rows.map(({ spelling, parts, rewritten, cost_each }) => {
      const share = written?.parts != null && parts !== null ? Math.max(0, 1 - parts.average / written.parts.average) : 0;
      return [spelling, { parts, isOther: rewritten > 0, share, each: Math.max(0, Number(written?.cost_each ?? 0) - Number(cost_each)) }];
    }),
  );
}
