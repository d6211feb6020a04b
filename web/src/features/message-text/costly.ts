/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which characters make a Latin text expensive: one that the 7-bit alphabet lacks, and 70 characters fit
 * into a message instead of 160. In a Russian text nothing can be saved, so nothing is said. */
import { gsmCost } from "./gsm7";
import { normalise } from "./parts";
import { plainOf } from "./plain";
import type { Spelling } from "./spelling";
import { scan, type Template } from "./template";

export interface Costly {
  /* As it is seen: an emoji may be several code points. */
  character: string;
  /* The plain spelling; null when there is none. */
  cheaper: string | null;
  /* Where it stands in the text. */
  places: readonly { from: number; to: number }[];
}

/* Cyrillic letters that look like Latin ones. */
const twins: Record<string, string> = Object.fromEntries(
  Array.from("АВЕЁКМНОРСТХУЅІЇЈаеёорсухѕії\u0458", (cyrillic, i) => [cyrillic, "ABEEKMHOPCTXYSIIJaeeopcyxsiij".charAt(i)]),
);

function cheaperOf(character: string): string | null {
  return plainOf(character) ?? twins[character] ?? null;
}

/* Whether the server writes it otherwise itself. */
function isSpelled(grapheme: string, spelling: Spelling): boolean {
  if (spelling === "as_is") return false;
  return Array.from(normalise(grapheme)).every((character) => gsmCost(character) > 0 || plainOf(character) !== null || (spelling === "latin" && /\p{Script=Cyrillic}/u.test(character)));
}

/* It has nothing Latin, or some word of it can only be meant as Cyrillic. */
export function isCyrillic(text: string): boolean {
  if (!/\p{Script=Latin}/u.test(text)) return /\p{Script=Cyrillic}/u.test(text);
  return (text.match(/\p{L}{2,}/gu) ?? []).some((word) => /^\p{Script=Cyrillic}+$/u.test(word) && Array.from(word).some((letter) => !(letter in twins)));
}

/* What is sent of the text, with its places: names of fields, conditions and where links lead are not. */
function sentSpans(template: Template): { from: number; to: number }[] {
  return template.pieces.flatMap((piece) => {
    if (piece.kind === "literal") return [{ from: piece.from, to: piece.to }];
    if (piece.kind !== "field" || piece.fallback === null) return [];
    return [{ from: piece.to - 1 - piece.fallback.length, to: piece.to - 1 }];
  });
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const isCostly = (grapheme: string) => Array.from(normalise(grapheme)).some((character) => gsmCost(character) === 0);

export function costlyCharacters(text: string, template: Template = scan(text), spelling: Spelling = "as_is"): Costly[] {
  const spans = sentSpans(template);
  if (spelling !== "latin" && isCyrillic(spans.map(({ from, to }) => text.slice(from, to)).join(" "))) return [];
  const found = new Map<string, { from: number; to: number }[]>();
  for (const span of spans) {
    for (const { segment, index } of graphemes.segment(text.slice(span.from, span.to))) {
      const from = span.from + index;
      if (isCostly(segment) && !isSpelled(segment, spelling)) found.set(segment, [...(found.get(segment) ?? []), { from, to: from + segment.length }]);
    }
  }
  return [...found].map(([character, places]) => ({ character, cheaper: cheaperOf(character), places }));
}

/* Texts that stay expensive whatever is spelt plainly: names and other data in them are Cyrillic. */
export function isCyrillicAnyway(texts: readonly string[]): boolean {
  return texts.some((text) => /\p{Script=Cyrillic}/u.test(cheapen(text)));
}

/* The text with the plain spelling wherever there is one. */
export function cheapen(text: string): string {
  const changes = costlyCharacters(text, scan(text)).flatMap(({ cheaper, places }) => (cheaper === null ? [] : places.map((place) => ({ ...place, cheaper }))));
  return changes.toSorted((a, b) => b.from - a.from).reduce((result, { from, to, cheaper }) => result.slice(0, from) + cheaper + result.slice(to), text);
}
