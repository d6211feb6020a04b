/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts with placeholders, read by the rules of common/sms/template.c: {first_name}, {first_name|client},
 * {sum:money|-}, {if sum > 1}..{else}..{end}, whose words are literals of which nothing is sent; what filters and conditions
 * hold is checked by the server;
 * {{ and }} are braces. Positions are indices of the string. */

export interface Literal {
  kind: "literal";
  /* As it is sent: of a doubled brace one is left. */
  text: string;
  from: number;
  to: number;
}

export interface Field {
  kind: "field";
  name: string;
  /* Null: whoever lacks the value gets no message. */
  fallback: string | null;
  /* From the first : on, as written. */
  filters?: string;
  from: number;
  to: number;
}

export type Piece = Literal | Field;

export type ProblemKind = "no_name" | "name_long" | "not_closed" | "name_character" | "fields_max" | "brace_in_fallback" | "lone_brace" | "unknown";

export interface TemplateProblem {
  kind: ProblemKind;
  from: number;
  to: number;
  /* Of an unknown field. */
  name?: string;
}

export interface Template {
  pieces: readonly Piece[];
  /* The first thing that is wrong; what stands behind it was not read. */
  problem: TemplateProblem | null;
}

const fieldsMax = 32;
const nameBytesMax = 128;
const utf8 = new TextEncoder();

/* Letters of the scripts a column may be named in, as is_letter() of the C source lists them. */
const letters =
  "A-Za-z\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02af\\u0370-\\u0373\\u0376\\u0377\\u037b-\\u037d\\u0386\\u0388-\\u0481\\u048a-\\u0556\\u0561-\\u0587\\u05d0-\\u05f2\\u0620-\\u064a\\u0671-\\u06d3\\u0904-\\u0939\\u0e01-\\u0e30\\u10a0-\\u10fa\\u1e00-\\u1fbc\\u3041-\\u3096\\u30a1-\\u30fa\\u3400-\\u4db5\\u4e00-\\u9fff\\uac00-\\ud7a3";
const nameAt = new RegExp(`[${letters}][${letters}0-9_]*`, "y");

/* Filters up to the } or the | of a fallback; a | in quotes is theirs. */
const filtersAt = /:(?:"[^"{}]*"|[^"{}|])*/y;
const ifAt = /\{if +(?:"[^"{}]*"|[^"{}])*\}/y;
const wordAt = /\{(?:else|end)\}/y;

type Read = { field: Field } | { problem: TemplateProblem };

const wrong = (kind: ProblemKind, from: number, to = from + 1): Read => ({ problem: { kind, from, to } });

/* The placeholder whose { stands at `from`. */
function readField(text: string, from: number): Read {
  nameAt.lastIndex = from + 1;
  const name = nameAt.exec(text)?.[0];
  if (name === undefined) return wrong("no_name", from, Math.min(from + 2, text.length));
  const end = from + 1 + name.length;
  if (utf8.encode(name).length > nameBytesMax) return wrong("name_long", from + 1, end);
  if (end === text.length) return wrong("not_closed", from, end);
  if (text[end] === "}") return { field: { kind: "field", name, fallback: null, from, to: end + 1 } };
  if (text[end] === ":") {
    filtersAt.lastIndex = end;
    const filters = filtersAt.exec(text)?.[0] ?? "";
    const behind = end + filters.length;
    if (text[behind] === "}") return { field: { kind: "field", name, fallback: null, filters, from, to: behind + 1 } };
    if (text[behind] !== "|") return wrong(behind === text.length ? "not_closed" : "brace_in_fallback", behind === text.length ? from : behind);
    return readFallback(text, { kind: "field", name, fallback: null, filters, from, to: behind });
  }
  if (text[end] !== "|") return wrong("name_character", end);
  return readFallback(text, { kind: "field", name, fallback: null, from, to: end });
}

/* The fallback whose | stands at field.to. */
function readFallback(text: string, field: Field): Read {
  const { from, to: end } = field;
  const close = text.indexOf("}", end);
  const brace = text.indexOf("{", end);
  if (brace >= 0 && (close < 0 || brace < close)) return wrong("brace_in_fallback", brace);
  if (close < 0) return wrong("not_closed", from, text.length);
  return { field: { ...field, fallback: text.slice(end + 1, close), to: close + 1 } };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

export function scan(text: string): Template {
  const pieces: Piece[] = [];
  const names = new Set<string>();
  let at = 0;
  let depth = 0; // conditions that are open
  const literal = (to: number, sent: string) => {
    if (to > at) pieces.push({ kind: "literal", text: sent, from: at, to });
    at = to;
  };
  while (at < text.length) {
    const brace = text.slice(at).search(/[{}]/);
    if (brace < 0) {
      literal(text.length, text.slice(at));
      break;
    }
    const here = at + brace;
    if (text[here + 1] === text[here]) {
      literal(here + 2, text.slice(at, here + 1));
      continue;
    }
    literal(here, text.slice(at, here));
    const word = depth > 0 ? (matchAt(ifAt, text, here) ?? matchAt(wordAt, text, here)) : matchAt(ifAt, text, here);
    if (word !== undefined) {
      if (word === "{end}") depth--;
      else if (word !== "{else}") depth++;
      literal(here + word.length, "");
      continue;
    }
    const read = text[here] === "}" ? wrong("lone_brace", here) : readField(text, here);
    if ("problem" in read) return { pieces, problem: read.problem };
    names.add(read.field.name);
    if (names.size > fieldsMax) return { pieces, problem: { kind: "fields_max", from: here, to: read.field.to } };
    pieces.push(read.field);
    at = read.field.to;
  }
  return { pieces, problem: null };
}

export const fieldsOf = (template: Template): Field[] => template.pieces.filter((piece) => piece.kind === "field");

/* What is wrong, the fields that no client has included. `known` is undefined while nobody can tell. */
export function problemOf(template: Template, known: ReadonlySet<string> | undefined): TemplateProblem | null {
  if (template.problem !== null || known === undefined) return template.problem;
  const unknown = fieldsOf(template).find(({ name }) => !known.has(name));
  return unknown === undefined ? null : { kind: "unknown", name: unknown.name, from: unknown.from, to: unknown.to };
}

/* The text of a client of whom nothing is known: what can be counted before any client is asked. */
export function withFallbacks(template: Template): string {
  return template.pieces.map((piece) => (piece.kind === "literal" ? piece.text : (piece.fallback ?? ""))).join("");
}

export interface UsedField {
  name: string;
  fallback: string | null;
}

/* Each field once, in the order of their first use. */
export function usedFields(template: Template): UsedField[] {
  const used = new Map<string, UsedField>();
  for (const { name, fallback } of fieldsOf(template)) if (!used.has(name)) used.set(name, { name, fallback });
  return [...used.values()];
}

export const placeholder = (name: string, fallback: string | null, filters = ""): string =>
  fallback === null || fallback === "" ? `{${name}${filters}}` : `{${name}${filters}|${fallback}}`;

/* The text with another fallback wherever the field stands. Braces would end it early. */
export function setFallback(text: string, name: string, fallback: string): string {
  const clean = fallback.replace(/[{}]/g, "");
  let result = text;
  // From the end, so that the places in front keep their indices.
  for (const field of fieldsOf(scan(text)).toReversed()) {
    if (field.name === name) result = result.slice(0, field.from) + placeholder(name, clean, field.filters) + result.slice(field.to);
  }
  return result;
}

/* The number of the character as people count, from 1. */
export function characterNumber(text: string, index: number): number {
  return Array.from(text.slice(0, index)).length + 1;
}
