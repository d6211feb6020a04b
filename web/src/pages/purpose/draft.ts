/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A purpose as a person fills it in: words one a line. */
import type { Purpose } from "@/api/types";

export interface PurposeDraft {
  code: string;
  name: string;
  basis: Purpose["legal_basis"];
  categories: string;
  retention: string;
  recipients: string;
}

export const emptyPurpose: PurposeDraft = { code: "", name: "", basis: "consent", categories: "", retention: "", recipients: "" };

export function draftOf({ code, name, legal_basis, data_categories, retention, recipients }: Purpose): PurposeDraft {
  return { code, name, basis: legal_basis, categories: data_categories.join("\n"), retention, recipients: recipients.join("\n") };
}

export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

export function fieldsOf({ name, basis, categories, retention, recipients }: PurposeDraft) {
  return { name: name.trim(), legal_basis: basis, data_categories: linesOf(categories), retention: retention.trim(), recipients: linesOf(recipients) };
}

export type PurposeWrong = "missing" | "code" | "many" | "long";
const itemsMax = 50;
const itemMax = 200;

function linesWrong(text: string): PurposeWrong | undefined {
  const lines = linesOf(text);
  if (lines.length === 0) return "missing";
  if (lines.length > itemsMax) return "many";
  return lines.some((line) => Array.from(line).length > itemMax) ? "long" : undefined;
}

/* The code matters for a new one alone: it never changes. "new" is the address of this form. */
export function wrongsOf({ code, name, categories, retention, recipients }: PurposeDraft, isNew: boolean): Partial<Record<keyof PurposeDraft, PurposeWrong>> {
  const all = {
    code: isNew && (code === "new" || !/^[a-z][a-z0-9_]{0,39}$/.test(code)) ? ("code" as const) : undefined,
    name: name.trim() === "" ? ("missing" as const) : undefined,
    categories: linesWrong(categories),
    retention: retention.trim() === "" ? ("missing" as const) : undefined,
    recipients: linesWrong(recipients),
  };
  return Object.fromEntries(Object.entries(all).filter(([, wrong]) => wrong !== undefined));
}
