/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts as operators register them (docs/senders.md): what stands for what a client's data put in. */
import { scan } from "@/features/message-text/template";

export interface PatternPiece {
  text: string;
  isVariable: boolean;
}

/* For showing: "Заказ %d готов" as its text and its variables. */
export function piecesOf(pattern: string): PatternPiece[] {
  return pattern
    .split(/(%[dw](?:\+|\{1,\d{1,2}\})?)/)
    .map((text, i) => ({ text, isVariable: i % 2 === 1 }))
    .filter(({ text }) => text !== "");
}

/* What of a template operators would be asked for: words where it has fields, links and codes. Null: it has
 * conditions, so it is several texts. */
export function patternOf(template: string): string | null {
  const { pieces, problem } = scan(template);
  if (problem !== null) return null;
  let pattern = "";
  for (const piece of pieces) {
    if (piece.kind === "literal") pattern += piece.text;
    else if (piece.kind === "field") pattern += "%w{1,5}";
    else if (piece.kind === "link" || piece.kind === "promo") pattern += "%w";
    else return null;
  }
  return pattern;
}
