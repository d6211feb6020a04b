/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person fills in, and what is still wrong with it. */
import type { Campaign } from "@/api/types";
import { gsmCost } from "@/features/message-text/gsm7";
import { problemOf, scan } from "@/features/message-text/template";

const fields = ["name", "text", "sender", "class", "category", "list_id", "pace_per_min", "validity_s", "start_at"] as const;
export type Field = (typeof fields)[number];
export type Draft = Pick<Campaign, Field>;

export const allFields: readonly Field[] = fields;

export const emptyDraft: Draft = {
  name: "",
  text: "",
  sender: "",
  class: "advertising",
  category: "advertising",
  list_id: null,
  pace_per_min: null,
  validity_s: 86_400,
  start_at: null,
};

export function draftOf(campaign: Campaign): Draft {
  const { name, text, sender, class: kind, category, list_id, pace_per_min, validity_s, start_at } = campaign;
  return { name, text, sender, class: kind, category, list_id, pace_per_min, validity_s, start_at };
}

/* --- kinds of message: what the law calls a category, with how often it may be tried --- */

export const categories = ["advertising", "service", "transactional", "debt", "emergency"] as const;
export type Category = (typeof categories)[number];

export function classOf(category: Category): Draft["class"] {
  if (category === "advertising") return "advertising";
  return category === "emergency" ? "alert" : "service";
}

/* --- the sender's name, by the rule of common/model/sender.c --- */

const senderNameMax = 11;
const senderNumberMax = 15;

export function senderFits(sender: string): boolean {
  const digits = sender.replace(/^\+/, "");
  if (/^\d*$/.test(digits)) return digits !== "" && digits.length <= senderNumberMax;
  return sender.length <= senderNameMax && sender.trim() === sender && Array.from(sender).every((c) => c >= " " && c <= "~" && gsmCost(c) === 1);
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

export type Wrong = "name_missing" | "text_missing" | "text_wrong" | "sender_missing" | "sender_wrong" | "start_past";
export type Wrongs = Partial<Record<Field, Wrong>>;

const stepOfField: Partial<Record<string, Step>> = { name: "whom", list_id: "whom", text: "what", sender: "what", start_at: "when", pace_per_min: "when" };

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
  return wrongs;
}

/* What the server would not take: it is kept here until it is mended. What is merely missing can be saved. */
export function unsavable(wrongs: Wrongs): Field[] {
  return allFields.filter((field) => wrongs[field] === "name_missing" || wrongs[field] === "text_wrong" || wrongs[field] === "sender_wrong");
}
