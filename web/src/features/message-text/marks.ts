/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A text cut into runs of one look each: what the editor draws behind the letters. */
import type { Costly } from "./costly";
import { fieldsOf, type Template, type TemplateProblem } from "./template";

export type Look = "plain" | "field" | "costly" | "problem";

export interface Run {
  text: string;
  look: Look;
}

/* The later ones lie on top. */
export function runsOf(text: string, template: Template, costly: readonly Costly[], problem: TemplateProblem | null): Run[] {
  const looks = Array.from<Look>({ length: text.length }).fill("plain");
  const paint = (from: number, to: number, look: Look) => looks.fill(look, from, to);
  for (const { from, to } of fieldsOf(template)) paint(from, to, "field");
  for (const { places } of costly) for (const { from, to } of places) paint(from, to, "costly");
  if (problem !== null) paint(problem.from, problem.to, "problem");

  const runs: Run[] = [];
  for (let i = 0; i < text.length; i++) {
    const last = runs.at(-1);
    const look = looks[i] ?? "plain";
    if (last?.look === look) last.text += text[i] ?? "";
    else runs.push({ text: text[i] ?? "", look });
  }
  return runs;
}
