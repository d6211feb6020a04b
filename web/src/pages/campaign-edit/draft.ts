/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person fills in, and what is still wrong with it. */
import type { Campaign } from "@/api/types";
import { senderFits } from "@/features/message-text/sender";
import { problemOf, scan } from "@/features/message-text/template";

const fields = ["name", "text", "spelling", "template_id", "template_version", "sender", "class", "category", "list_id", "pace_per_min", "validity_s", "start_at", "after_hours", "cap_exempt"] as const;
export type Field = (typeof fields)[number];
export type Draft = Pick<Campaign, Field>;

export const allFields: readonly Field[] = fields;

export const emptyDraft: Draft = {
  name: "",
  text: "",
  spelling: "as_is",
  template_id: null,
  template_version: null,
  sender: "",
  class: "advertising",
  category: "advertising",
  list_id: null,
  pace_per_min: null,
  validity_s: 86_400,
  start_at: null,
  after_hours: "move",
  cap_exempt: null,
};

export function draftOf(campaign: Campaign): Draft {
  const { name, text, spelling, template_id, template_version, sender, class: kind, category, list_id, pace_per_min, validity_s, start_at, after_hours, cap_exempt } = campaign;
  return { name, text, spelling, template_id, template_version, sender, class: kind, category, list_id, pace_per_min, validity_s, start_at, after_hours, cap_exempt };
}

/* --- a text from a template --- */

type Sent = Omit<Partial<Draft>, "template_version"> & { template_version?: number };

/* As the server takes it: a template or a text, not both. It knows the text of a template's version itself. */
export function sentOf({ template_version, ...fields }: Partial<Draft>): Sent {
  if (fields.template_id === undefined || fields.template_id === null) return fields;
  const rest = { ...fields };
  delete rest.text;
  return template_version === undefined || template_version === null ? rest : { ...rest, template_version };
}

interface TakenTemplate {
  id: string;
  version: number;
  text: string;
  spelling: Draft["spelling"];
  sender: string;
  category: string;
}

/* What a draft takes from a template. Codes of confirmation are sent one by one, never by a campaign. */
export function takeTemplate({ id, version, text, spelling, sender, category }: TakenTemplate): Partial<Draft> {
  const kind = categories.find((known) => known === category);
  return { text, spelling, template_id: id, template_version: version, ...(sender === "" ? {} : { sender }), ...(kind === undefined ? {} : { category: kind, class: classOf(kind) }) };
}

/* Another text is the draft's own. */
export function ownText(draft: Pick<Draft, "template_id">, text: string): Partial<Draft> {
  return draft.template_id === null ? { text } : { text, template_id: null, template_version: null };
}

/* --- kinds of message: what the law calls a category, with how often it may be tried --- */

export const categories = ["advertising", "service", "transactional", "debt", "emergency"] as const;
export type Category = (typeof categories)[number];

export function classOf(category: Category): Draft["class"] {
  if (category === "advertising") return "advertising";
  return category === "emergency" ? "alert" : "service";
}

/* The law limits how often a debtor is written to: nothing lifts that. */
export function withCategory(draft: Draft, category: Category): Partial<Draft> {
  return { category, class: classOf(category), ...(category === "debt" && draft.cap_exempt !== null ? { cap_exempt: null } : {}) };
}

/* --- steps --- */

export const steps = ["whom", "what", "when", "check"] as const;
export type Step = (typeof steps)[number];

export function isStep(value: string | null): value is Step {
  return steps.some((step) => step === value);
}

/* Where to go on with a draft that was left. */
export function stepToResume(draft: Draft): Step {
  return draft.text === "" || draft.sender === "" ? "what" : "check";
}

export type Wrong = "name_missing" | "text_missing" | "text_wrong" | "sender_missing" | "sender_wrong" | "start_past" | "exempt_missing";
export type Wrongs = Partial<Record<Field, Wrong>>;

const stepOfField: Partial<Record<string, Step>> = { name: "whom", list_id: "whom", text: "what", spelling: "what", template_id: "what", sender: "what", start_at: "when", pace_per_min: "when", after_hours: "when", cap_exempt: "when" };

export function stepOf(field: string): Step | undefined {
  return stepOfField[field];
}

/* A start that is over by less than a minute is now. */
const graceMs = 60_000;

/* `known` are the fields of clients; undefined while nobody can tell. */
export function wrongsOf(draft: Draft, known: ReadonlySet<string> | undefined, nowMs: number): Wrongs {
  const wrongs: Wrongs = {};
  if (draft.name.trim() === "") wrongs.name = "name_missing";
  if (draft.text.trim() === "") wrongs.text = "text_missing";
  else if (problemOf(scan(draft.text), known) !== null) wrongs.text = "text_wrong";
  if (draft.sender === "") wrongs.sender = "sender_missing";
  else if (!senderFits(draft.sender)) wrongs.sender = "sender_wrong";
  if (draft.start_at !== null && Date.parse(draft.start_at) < nowMs - graceMs) wrongs.start_at = "start_past";
  if (draft.cap_exempt?.trim() === "") wrongs.cap_exempt = "exempt_missing";
  return wrongs;
}

/* What the server would not take: it is kept here until it is mended. What is merely missing can be saved. */
export function unsavable(wrongs: Wrongs): Field[] {
  const held: ReadonlySet<Wrong | undefined> = new Set<Wrong>(["name_missing", "text_wrong", "sender_wrong", "exempt_missing"]);
  return allFields.filter((field) => held.has(wrongs[field]));
}
