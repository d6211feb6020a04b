/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person typed to find a client: a number, a code or a name. Nobody is asked which. */
import { phoneCharacters, readPhone } from "@/shared/lib/phone";

export interface Query {
  /* What it looks like, for the words shown. `piece` is a number not yet whole. */
  kind: "phone" | "piece" | "code" | "name";
  /* What to look for. One text may be several things: ten digits are a number and may be a code. */
  phone: string | null;
  code: string | null;
  name: string | null;
}

/* No code has spaces; one made of nothing but Cyrillic letters is taken for a name alone. */
function asCode(text: string): string | null {
  return !/\s/.test(text) && (/\d/.test(text) || /^[\x21-\x7e]+$/.test(text)) ? text : null;
}

/* Null when there is nothing to look for. */
export function readQuery(typed: string): Query | null {
  const text = typed.trim();
  if (text === "") return null;
  const phone = readPhone(text);
  const code = asCode(text);
  if (phone !== null) return { kind: "phone", phone, code, name: null };
  if (phoneCharacters(text) !== null) return { kind: "piece", phone, code, name: null };
  const name = code === null || /\p{L}/u.test(text) ? text : null;
  const isCode = code !== null && (name === null || /\d/.test(code));
  return { kind: isCode ? "code" : "name", phone, code, name };
}

/* Clients are found by last name first. "Иван Иванович Петров", which found nobody, is perhaps "Петров
 * Иван". */
export function nameTurned(name: string): string | null {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const [first, last] = [words[0], words.at(-1)];
  return words.length < 2 || first === undefined || last === undefined ? null : `${last} ${first}`;
}
