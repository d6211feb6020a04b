/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What stands for a character that the 7-bit alphabet lacks, as common/sms/plain.c has it: both are held to
 * tests/vectors/plain_signs.csv. */
import { gsmCost } from "./gsm7";

/* What is written, and for which characters; beside letters with marks, which Unicode takes apart. */
const plainFor: readonly (readonly [string, string])[] = [
  ["", "\u00ad\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufe0e\ufe0f"],
  [" ", "\u0009\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"],
  ["'", "`´ʹʻʼ‘’‚‛′‹›"],
  ["-", "¯‐‑‒–—―⁃⁻₋−"],
  ["\"", "«»ʺ“”„‟″"],
  ["*", "•‣∗■▪●★☆"],
  ["\n", "\u000b\u0085\u2028\u2029"],
  ["+", "⁺₊✓✔"],
  [".", "·․∙⋅"],
  ["N", "ŊΝ№"],
  ["n", "ŉŋⁿ"],
  ["x", "×✕✖"],
  ["(", "⁽₍"],
  [")", "⁾₎"],
  ["/", "⁄∕"],
  ["0", "⁰₀"],
  ["1", "¹₁"],
  ["2", "²₂"],
  ["3", "³₃"],
  ["4", "⁴₄"],
  ["5", "⁵₅"],
  ["6", "⁶₆"],
  ["7", "⁷₇"],
  ["8", "⁸₈"],
  ["9", "⁹₉"],
  ["=", "⁼₌"],
  ["D", "ÐĐ"],
  ["H", "ĦΗ"],
  ["L", "ĿŁ"],
  ["T", "ŦΤ"],
  ["d", "ðđ"],
  ["i", "ıⁱ"],
  ["l", "ŀł"],
  ["o", "°º"],
  ["s", "ſẛ"],
  ["~", "˜≈"],
  ["!!", "‼"],
  ["(c)", "©"],
  ["(r)", "®"],
  ["(tm)", "™"],
  ["+/-", "±"],
  ["->", "→"],
  ["...", "…"],
  ["1/2", "½"],
  ["1/3", "⅓"],
  ["1/4", "¼"],
  ["2/3", "⅔"],
  ["3/4", "¾"],
  [":", "÷"],
  ["<-", "←"],
  ["<->", "↔"],
  ["<=", "≤"],
  ["<>", "≠"],
  ["=>", "⇒"],
  [">=", "≥"],
  ["A", "Α"],
  ["B", "Β"],
  ["E", "Ε"],
  ["G", "Ǥ"],
  ["I", "Ι"],
  ["IJ", "Ĳ"],
  ["INR", "₹"],
  ["K", "Κ"],
  ["KZT", "₸"],
  ["M", "Μ"],
  ["O", "Ο"],
  ["OE", "Œ"],
  ["P", "Ρ"],
  ["RUB", "₽"],
  ["SS", "ẞ"],
  ["TRY", "₺"],
  ["Th", "Þ"],
  ["UAH", "₴"],
  ["X", "Χ"],
  ["Y", "Υ"],
  ["Z", "Ζ"],
  ["^", "ˆ"],
  ["a", "ª"],
  ["c", "¢"],
  ["f", "ƒ"],
  ["ff", "ﬀ"],
  ["fi", "ﬁ"],
  ["fl", "ﬂ"],
  ["g", "ǥ"],
  ["h", "ħ"],
  ["ij", "ĳ"],
  ["k", "ĸ"],
  ["oe", "œ"],
  ["t", "ŧ"],
  ["th", "þ"],
  ["u", "µ"],
  ["|", "¦"],
  ["||", "‖"],
];

const plain = new Map(plainFor.flatMap(([text, characters]) => Array.from(characters, (character) => [character, text] as const)));

/* Wide forms of ASCII. */
function narrow(character: string): string | null {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0xff01 || code > 0xff5e) return null;
  return code === 0xff40 ? "'" : String.fromCodePoint(code - 0xff01 + 0x21);
}

/* A letter without its marks: ç is c. */
function withoutMarks(character: string): string | null {
  const bare = character.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  return bare !== character && (bare === "" || /^[a-z]$/i.test(bare)) ? bare : null;
}

/* Null: nothing stands for it. "": it is left out. */
export function plainOf(character: string): string | null {
  if (gsmCost(character) > 0) return null;
  return plain.get(character) ?? narrow(character) ?? withoutMarks(character);
}
