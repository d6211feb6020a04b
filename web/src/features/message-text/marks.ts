/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A text cut into runs of one look each: what the editor draws behind the letters. */
import type { Costly } from "./costly";
import type { Template, TemplateProblem } from "./template";

export type Look = "plain" | "field" | "word" | "lacking" | "costly" | "problem";

export interface Run {
  text: string;
  look: Look;
}

/* The later ones lie on top. `lacking` are fields that some clients lack and that have nothing to stand in. */
export function runsOf(text: string, template: Template, costly: readonly Costly[], problem: Pick<TemplateProblem, "from" | "to"> | null, lacking: ReadonlySet<string> = new Set()): Run[] {
  const looks = Array.from<Look>({ length: text.length }).fill("plain");
  const paint = ({ from, to }: { from: number; to: number }, look: Look) => looks.fill(look, from, to);
  for (const piece of template.pieces) {
    if (piece.kind === "literal") continue;
    paint(piece, piece.kind === "field" ? "field" : "word");
    const fields = piece.kind === "field" ? [piece] : piece.kind === "link" ? piece.fields : [];
    for (const field of fields) if (field.isNeeded && lacking.has(field.name)) paint(field, "lacking");
  }
  for (const { places } of costly) for (const place of places) paint(place, "costly");
  if (problem !== null) paint(problem, "problem");

  const runs: Run[] = [];
  for (let i = 0; i < text.length; i++) {
    const last = runs.at(-1);
    const look = looks[i] ?? "plain";
    if (last?.look === look) last.text += text[i] ?? "";
    else runs.push({ text: text[i] ?? "", look });
  }
  return runs;
}
