/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a text becomes SMS: encoding, units, parts. Does what common/sms/parts.c does, by the same vectors
 * (tests/vectors/segment_vectors.csv): parts are found by filling them, never by division. */
import { gsmCost } from "./gsm7";

export type Encoding = "gsm7" | "ucs2";
/* Bits of the number that ties the parts of one text together; it takes room in each of them. */
export type RefBits = 8 | 16;

export interface Part {
  /* Where it stands in the text: indices of the string. */
  from: number;
  to: number;
  /* Septets or UTF-16 units. */
  units: number;
}

export interface Split {
  encoding: Encoding;
  units: number;
  parts: readonly Part[];
}

const limits = {
  gsm7: { single: 160, 8: 153, 16: 152 },
  ucs2: { single: 70, 8: 67, 16: 66 },
};

/* What one part of a text of `count` parts can hold. */
export function partLimit(encoding: Encoding, count: number, bits: RefBits = 8): number {
  return count <= 1 ? limits[encoding].single : limits[encoding][bits];
}

const unitsOf = (character: string, encoding: Encoding) => (encoding === "gsm7" ? gsmCost(character) : character.length);

/* --- clusters: what looks like one character is not cut --- */

const zwj = "\u200d";
/* Combining marks, variation selectors, the joiner, skin tones, tags: the ranges of extends_cluster(). */
const extensions = [
  0x0300, 0x036f, 0x0483, 0x0489, 0x0591, 0x05bd, 0x0610, 0x061a, 0x064b, 0x065f, 0x0670, 0x0670, 0x06d6, 0x06dc, 0x0900, 0x0903, 0x093a, 0x093c, 0x093e, 0x094f, 0x0e31, 0x0e31,
  0x0e34, 0x0e3a, 0x0e47, 0x0e4e, 0x1ab0, 0x1aff, 0x1dc0, 0x1dff, 0x200d, 0x200d, 0x20d0, 0x20ff, 0x302a, 0x302f, 0x3099, 0x309a, 0xfe00, 0xfe0f, 0xfe20, 0xfe2f, 0x1f3fb, 0x1f3ff,
  0xe0020, 0xe007f, 0xe0100, 0xe01ef,
];

function extendsCluster(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  // The first limit that is not passed: an odd one closes a range the code lies in.
  const at = extensions.findIndex((limit) => code <= limit);
  return at % 2 === 1 || (at >= 0 && extensions[at] === code);
}

const regionalIndicator = /^[\u{1f1e6}-\u{1f1ff}]$/u;

/* The text in pieces, each the characters of one cluster. */
function clustersOf(text: string): string[][] {
  const clusters: string[][] = [];
  let before = "";
  let flagOpen = false;
  for (const character of text) {
    const isIndicator = regionalIndicator.test(character);
    const cluster = clusters.at(-1);
    if (cluster !== undefined && ((flagOpen && isIndicator) || before === zwj || extendsCluster(character))) {
      cluster.push(character);
      flagOpen = false;
    } else {
      clusters.push([character]);
      flagOpen = isIndicator;
    }
    before = character;
  }
  return clusters;
}

/* --- splitting --- */

class Splitter {
  readonly parts: Part[] = [];
  private part: Part = { from: 0, to: 0, units: 0 };

  constructor(private readonly limit: number) {}

  add(length: number, units: number): void {
    if (this.part.units + units > this.limit) this.close();
    this.part.to += length;
    this.part.units += units;
  }

  close(): void {
    this.parts.push(this.part);
    this.part = { from: this.part.to, to: this.part.to, units: 0 };
  }
}

function splitLong(text: string, encoding: Encoding, limit: number): Part[] {
  const splitter = new Splitter(limit);
  for (const cluster of clustersOf(text)) {
    const units = cluster.map((character) => unitsOf(character, encoding));
    const all = units.reduce((sum, n) => sum + n, 0);
    if (all <= limit) splitter.add(cluster.join("").length, all);
    else cluster.forEach((character, i) => splitter.add(character.length, units[i] ?? 0));
  }
  splitter.close();
  return splitter.parts;
}

export function split(text: string, bits: RefBits = 8): Split {
  const characters = Array.from(text);
  const encoding = characters.every((character) => gsmCost(character) > 0) ? "gsm7" : "ucs2";
  const units = characters.reduce((sum, character) => sum + unitsOf(character, encoding), 0);
  if (units <= limits[encoding].single) return { encoding, units, parts: [{ from: 0, to: text.length, units }] };
  return { encoding, units, parts: splitLong(text, encoding, limits[encoding][bits]) };
}

/* --- the form that is counted and sent, as common/sms/normalise.c makes it --- */

const decomposed = /[\p{Script=Latin}\p{Script=Cyrillic}][\u0300-\u036f]+/gu;

export function normalise(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\u200b\u2060\ufeff]/g, "")
    .replace(decomposed, (letter) => letter.normalize("NFC"));
}
