/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts with placeholders, read by the rules of common/sms/template_parse.c, both held to tests/vectors/templates.csv:
 * {first_name}, {first_name|client}, {sum:money "₽"|-}, {if sum > 1}..{else}..{end}, {link https://shop.example/},
 * {promo spring}; {{ and }} are braces. Positions are indices of the string. */
import { checkFilter, isOrdered, type Argument, type Filter, type FilterFault } from "./filters";

interface Placed {
  from: number;
  to: number;
}

export interface Literal extends Placed {
  kind: "literal";
  /* As it is sent: of a doubled brace one is left. */
  text: string;
}

export interface Field extends Placed {
  kind: "field";
  name: string;
  /* Null: whoever lacks the value gets no message. */
  fallback: string | null;
  /* From the first : on, as written. */
  filters: string;
  chain: readonly Filter[];
  /* Who lacks the value gets no message: there is no fallback, and no condition around it asks for the value. */
  isNeeded: boolean;
}

export type Relation = "=" | "!=" | "<" | "<=" | ">" | ">=";

export interface Condition extends Placed {
  kind: "if";
  name: string;
  nameAt: number;
  /* Null: it asks whether there is a value. */
  relation: Relation | null;
  operand: string;
}

/* {else} and {end}. */
export interface Word extends Placed {
  kind: "else" | "end";
}

/* An address of the client's own, which leads to the target. */
export interface Link extends Placed {
  kind: "link";
  target: string;
  fields: readonly Field[];
}

export interface Promo extends Placed {
  kind: "promo";
  pool: string;
}

export type Piece = Literal | Field | Condition | Word | Link | Promo;

export type ProblemKind =
  | "no_name"
  | "name_long"
  | "not_closed"
  | "name_character"
  | "fields_max"
  | "brace_in_fallback"
  | "lone_brace"
  | "unknown"
  | "filters_max"
  | "value_expected"
  | "quote_open"
  | `filter_${FilterFault}`
  | "conditions_max"
  | "if_close"
  | "if_open"
  | "if_order"
  | "else_twice"
  | "links_max"
  | "link_address"
  | "link_host"
  | "link_character"
  | "promo_close"
  | "promo_two";

export interface TemplateProblem extends Placed {
  kind: ProblemKind;
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
const filtersMax = 4;
const filtersAllMax = 64;
const argumentsMax = 3;
const conditionsMax = 4;
const linksMax = 4;
const utf8 = new TextEncoder();

/* Letters of the scripts a column may be named in, as is_letter() of the C source lists them. */
const letters =
  "A-Za-z\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02af\\u0370-\\u0373\\u0376\\u0377\\u037b-\\u037d\\u0386\\u0388-\\u0481\\u048a-\\u0556\\u0561-\\u0587\\u05d0-\\u05f2\\u0620-\\u064a\\u0671-\\u06d3\\u0904-\\u0939\\u0e01-\\u0e30\\u10a0-\\u10fa\\u1e00-\\u1fbc\\u3041-\\u3096\\u30a1-\\u30fa\\u3400-\\u4db5\\u4e00-\\u9fff\\uac00-\\ud7a3";
const nameAt = new RegExp(`[${letters}][${letters}0-9_]*`, "y");
const filterNameAt = /[a-z_]*/y;
const relationAt = /!=|<=|>=|=|<|>/y;
const schemeAt = /https?:\/\/(?=.)/sy;
const hostAt = /[A-Za-z0-9.:-]*/y;
const isNoAddressCharacter = (character: string) => character <= " " || '"<>\\^`|'.includes(character);

class Broken extends Error {
  constructor(readonly problem: TemplateProblem) {
    super(problem.kind);
  }
}

interface OpenCondition {
  condition: Condition;
  hasElse: boolean;
}

class Reader {
  readonly pieces: Piece[] = [];
  private at = 0;
  private readonly names = new Set<string>();
  private readonly open: OpenCondition[] = [];
  private filterCount = 0;
  private linkCount = 0;
  private pool: string | null = null;

  constructor(private readonly text: string) {}

  read(): void {
    const { text } = this;
    while (this.at < text.length) {
      const brace = text.slice(this.at).search(/[{}]/);
      const here = brace < 0 ? text.length : this.at + brace;
      if (text[here + 1] === text[here] && here < text.length) {
        this.literal(here + 2, text.slice(this.at, here + 1));
        continue;
      }
      this.literal(here, text.slice(this.at, here));
      if (text[here] === "}") this.wrongAt("lone_brace", here);
      if (here < text.length) this.placeholder(here);
    }
    const last = this.open.at(-1)?.condition;
    if (last !== undefined) this.wrong("if_open", last.from, last.to);
  }

  private wrong(kind: ProblemKind, from: number, to: number): never {
    throw new Broken({ kind, from, to });
  }

  /* One character is wrong; behind the end of the text it is the last one. */
  private wrongAt(kind: ProblemKind, at: number): never {
    const from = Math.max(0, Math.min(at, this.text.length - 1));
    this.wrong(kind, from, from + ((this.text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1));
  }

  private literal(to: number, text: string): void {
    if (to > this.at) this.pieces.push({ kind: "literal", text, from: this.at, to });
    this.at = to;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skipSpaces(): void {
    while (this.text[this.at] === " ") this.at++;
  }

  private placeholder(open: number): void {
    this.at = open + 1;
    const name = this.name(open);
    const next = this.text[this.at];
    if (next === " " && name === "if") this.condition(open);
    else if (next === " " && name === "link") this.link(open);
    else if (next === " " && name === "promo") this.promo(open);
    else if (next === "}" && this.open.length > 0 && (name === "else" || name === "end")) this.word(name, open);
    else this.pieces.push(this.field(name, open));
  }

  /* Behind it something stands. */
  private name(open: number): string {
    const start = this.at;
    const name = this.match(nameAt);
    if (name === undefined) return this.wrong("no_name", start - 1, Math.min(start + 1, this.text.length));
    if (utf8.encode(name).length > nameBytesMax) this.wrong("name_long", start, this.at);
    if (this.at === this.text.length) this.wrong("not_closed", open, this.at);
    return name;
  }

  private note(name: string, from: number, to: number): void {
    this.names.add(name);
    if (this.names.size > fieldsMax) this.wrong("fields_max", from, to);
  }

  private field(name: string, open: number): Field {
    if (!"}|:".includes(this.text.charAt(this.at))) this.wrongAt("name_character", this.at);
    this.note(name, open, this.at);
    const from = this.at;
    const chain: Filter[] = [];
    while (this.text[this.at] === ":") chain.push(this.filter(chain.length));
    const filters = this.text.slice(from, this.at);
    if (this.at === this.text.length) this.wrong("not_closed", open, this.at);
    const fallback = this.text[this.at] === "|" ? this.fallback(open) : null;
    this.at++;
    const isAskedFor = this.open.some(({ condition, hasElse }) => !hasElse && condition.name === name && condition.relation === null);
    return { kind: "field", name, fallback, filters, chain, isNeeded: fallback === null && !isAskedFor, from: open, to: this.at };
  }

  private fallback(open: number): string {
    const start = ++this.at;
    const close = this.text.indexOf("}", start);
    const brace = this.text.indexOf("{", start);
    if (brace >= 0 && (close < 0 || brace < close)) this.wrongAt("brace_in_fallback", brace);
    if (close < 0) this.wrong("not_closed", open, this.text.length);
    this.at = close;
    return this.text.slice(start, close);
  }

  /* The one whose : stands here. */
  private filter(before: number): Filter {
    const start = ++this.at;
    if (before === filtersMax || this.filterCount === filtersAllMax) this.wrongAt("filters_max", start);
    const name = this.match(filterNameAt) ?? "";
    const given: Argument[] = [];
    this.skipSpaces();
    while (this.at < this.text.length && !":|}".includes(this.text.charAt(this.at))) {
      const at = this.at;
      const argument = this.argument();
      if (given.length === argumentsMax) this.wrongAt("filter_arguments", at);
      given.push(argument);
      this.skipSpaces();
    }
    const fault = checkFilter(name, start, given);
    if (fault !== null) this.wrong(`filter_${fault.kind}`, fault.at, Math.max(fault.at + 1, fault.at === start ? start + name.length : 0));
    this.filterCount++;
    return { name, args: given.map(({ text }) => text) };
  }

  /* In quotes, or a word. */
  private argument(): Argument {
    const start = this.at;
    const isQuoted = this.text[start] === '"';
    if (isQuoted) this.at++;
    const from = this.at;
    const text = this.match(isQuoted ? /[^{}"]*/y : /[^{}" :|]*/y) ?? "";
    if (!isQuoted && text === "") this.wrongAt("value_expected", start);
    if (isQuoted && this.text[this.at] !== '"') this.wrongAt("quote_open", start);
    if (isQuoted) this.at++;
    return { text, from };
  }

  private condition(open: number): void {
    this.skipSpaces();
    const nameAt = this.at;
    if (this.open.length === conditionsMax) this.wrong("conditions_max", open, nameAt);
    const name = this.name(open);
    this.note(name, nameAt, this.at);
    this.skipSpaces();
    const relation = (this.match(relationAt) ?? null) as Relation | null;
    const operand = relation === null ? "" : this.operand(relation);
    if (this.text[this.at] !== "}") this.wrongAt("if_close", this.at);
    const condition: Condition = { kind: "if", name, nameAt, relation, operand, from: open, to: ++this.at };
    this.open.push({ condition, hasElse: false });
    this.pieces.push(condition);
  }

  private operand(relation: Relation): string {
    this.skipSpaces();
    const start = this.at;
    const { text } = this.argument();
    if (relation !== "=" && relation !== "!=" && !isOrdered(text)) this.wrong("if_order", start, this.at);
    this.skipSpaces();
    return text;
  }

  private word(kind: "else" | "end", from: number): void {
    const top = this.open.at(-1);
    this.at++;
    if (top !== undefined && kind === "else") {
      if (top.hasElse) this.wrong("else_twice", from, this.at);
      top.hasElse = true;
    } else {
      this.open.pop();
    }
    this.pieces.push({ kind, from, to: this.at });
  }

  private link(open: number): void {
    if (this.linkCount === linksMax) this.wrong("links_max", open, this.at);
    this.skipSpaces();
    const start = this.at;
    if (this.match(schemeAt) === undefined) this.wrongAt("link_address", start);
    const host = this.match(hostAt);
    if (host === "" || this.at === this.text.length || !"/?#}".includes(this.text.charAt(this.at))) this.wrongAt("link_host", this.at);
    const fields = this.targetFields(open);
    this.pieces.push({ kind: "link", target: this.text.slice(start, this.at), fields, from: open, to: ++this.at });
    this.linkCount++;
  }

  private targetFields(open: number): Field[] {
    const fields: Field[] = [];
    while (this.at < this.text.length && this.text[this.at] !== "}") {
      const here = this.at++;
      const character = this.text.charAt(here);
      if (character === "{") fields.push(this.field(this.name(here), here));
      else if (isNoAddressCharacter(character)) this.wrongAt("link_character", here);
    }
    if (this.at === this.text.length) this.wrong("not_closed", open, this.at);
    return fields;
  }

  private promo(open: number): void {
    this.skipSpaces();
    const { text: pool } = this.argument();
    this.skipSpaces();
    if (this.text[this.at] !== "}" || pool === "") this.wrongAt("promo_close", this.at);
    this.at++;
    if (this.pool !== null && this.pool !== pool) this.wrong("promo_two", open, this.at);
    this.pool = pool;
    this.pieces.push({ kind: "promo", pool, from: open, to: this.at });
  }
}

export function scan(text: string): Template {
  const reader = new Reader(text);
  try {
    reader.read();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { pieces: reader.pieces, problem: error.problem };
  }
  return { pieces: reader.pieces, problem: null };
}

/* Those of the text and those in addresses that links lead to. */
export const fieldsOf = (template: Template): Field[] => template.pieces.flatMap((piece) => (piece.kind === "field" ? [piece] : piece.kind === "link" ? piece.fields : []));

interface Named extends Placed {
  name: string;
}

/* Wherever a field is named, conditions included. */
function namesOf(template: Template): Named[] {
  return template.pieces.flatMap((piece): readonly Named[] => {
    if (piece.kind === "if") return [{ name: piece.name, from: piece.nameAt, to: piece.nameAt + piece.name.length }];
    if (piece.kind === "link") return piece.fields;
    return piece.kind === "field" ? [piece] : [];
  });
}

/* Each name once, in the order of their first use. */
export const fieldNames = (template: Template): string[] => [...new Set(namesOf(template).map(({ name }) => name))];

/* The pool whose codes it gives out. */
export const promoPool = (template: Template): string | null => template.pieces.find((piece) => piece.kind === "promo")?.pool ?? null;

export const linkTargets = (template: Template): string[] => template.pieces.flatMap((piece) => (piece.kind === "link" ? [piece.target] : []));

/* What is wrong, the fields that no client has included. `known` is undefined while nobody can tell. */
export function problemOf(template: Template, known: ReadonlySet<string> | undefined): TemplateProblem | null {
  if (template.problem !== null || known === undefined) return template.problem;
  const unknown = namesOf(template).find(({ name }) => !known.has(name));
  return unknown === undefined ? null : { kind: "unknown", name: unknown.name, from: unknown.from, to: unknown.to };
}

/* --- what can be counted before any client is asked --- */

/* As long as those that are made mostly are. */
const exampleOf = { link: "https://go.example/l/Ab7xKq2mZr", promo: "PROMO-CODE" };

interface Branches {
  then: string;
  /* Null: {else} has not been met. */
  otherwise: string | null;
}

/* The text of a client of whom nothing is known; of the two texts of a condition the longer one. */
export function withFallbacks(template: Template): string {
  const open: Branches[] = [{ then: "", otherwise: null }];
  const add = (text: string) => {
    const top = open.at(-1);
    if (top === undefined) return;
    if (top.otherwise === null) top.then += text;
    else top.otherwise += text;
  };
  const close = () => {
    const { then = "", otherwise = null } = open.pop() ?? {};
    add(otherwise !== null && otherwise.length > then.length ? otherwise : then);
  };
  for (const piece of template.pieces) {
    const top = open.at(-1);
    if (piece.kind === "if") open.push({ then: "", otherwise: null });
    else if (piece.kind === "else") {
      if (top !== undefined) top.otherwise = "";
    } else if (piece.kind === "end") close();
    else if (piece.kind === "literal") add(piece.text);
    else if (piece.kind === "field") add(piece.fallback ?? "");
    else add(exampleOf[piece.kind]);
  }
  while (open.length > 1) close();
  return open[0]?.then ?? "";
}

/* --- changing --- */

export interface UsedField {
  name: string;
  filters: string;
  chain: readonly Filter[];
  fallback: string | null;
  isNeeded: boolean;
}

const isSame = (a: Pick<UsedField, "name" | "filters">, b: Pick<UsedField, "name" | "filters">) => a.name === b.name && a.filters === b.filters;

/* Each field once for each way it is shown, in the order of their first use. */
export function usedFields(template: Template): UsedField[] {
  const used: UsedField[] = [];
  for (const { name, filters, chain, fallback, isNeeded } of fieldsOf(template)) {
    const known = used.find((one) => isSame(one, { name, filters }));
    if (known === undefined) used.push({ name, filters, chain, fallback, isNeeded });
    else known.isNeeded ||= isNeeded;
  }
  return used;
}

export const placeholder = (name: string, fallback: string | null, filters = ""): string =>
  fallback === null || fallback === "" ? `{${name}${filters}}` : `{${name}${filters}|${fallback}}`;

/* The text with another fallback or other filters wherever the field stands in this way. Braces would end it early. */
export function changeField(text: string, which: Pick<UsedField, "name" | "filters">, change: { fallback?: string; filters?: string }): string {
  let result = text;
  // From the end, so that the places in front keep their indices.
  for (const field of fieldsOf(scan(text)).toReversed()) {
    if (!isSame(field, which)) continue;
    const fallback = change.fallback === undefined ? field.fallback : change.fallback.replace(/[{}]/g, "");
    result = result.slice(0, field.from) + placeholder(field.name, fallback, change.filters ?? field.filters) + result.slice(field.to);
  }
  return result;
}

/* The number of the character as people count, from 1. */
export function characterNumber(text: string, index: number): number {
  return Array.from(text.slice(0, index)).length + 1;
}

/* The other way round; behind the text its end. */
export function characterIndex(text: string, number: number): number {
  return Array.from(text).slice(0, Math.max(0, number - 1)).join("").length;
}
