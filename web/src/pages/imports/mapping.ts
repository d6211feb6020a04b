/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the columns of a file mean, as apid proposes and a person changes it. */
import type { Answer } from "@/api/client";
import { attributeName, fields, nameProblem, type NameProblem } from "@/features/import-file/fields";
import type { ImportPlan } from "@/features/import-file/uploads";
import { readPhone } from "@/shared/lib/phone";

export type Preview = Answer<"/v1/imports/preview", "post">;
export type PreviewColumn = Preview["columns"][number];
export type Field = PreviewColumn["field"];

/* A column that is kept with the list's entries alone. */
export const isOfList = (field: Field): boolean => field.startsWith("list_");

/* What texts call it a person chooses. */
export const isNamed = (field: Field): boolean => field === "attribute" || isOfList(field);

/* What a column of a file for a list can be besides. */
export const importFields: readonly Field[] = [...fields, "list_text", "list_number", "list_date", "list_yes_no"];

export interface Meaning {
  field: Field;
  /* The name texts use, as it was typed; kept while the column means something else. */
  name: string;
}

export function proposed(columns: readonly PreviewColumn[]): Meaning[] {
  return columns.map(({ header, field, attribute }) => ({ field, name: attribute ?? attributeName(header) }));
}

/* Only one column can be the phone: the one that was it before is left out. */
export function withField(meanings: readonly Meaning[], index: number, field: Field): Meaning[] {
  const isShared = isNamed(field) || field === "ignored";
  return meanings.map((meaning, i) => {
    if (i === index) return { ...meaning, field };
    return !isShared && meaning.field === field ? { ...meaning, field: "ignored" } : meaning;
  });
}

export function withName(meanings: readonly Meaning[], index: number, name: string): Meaning[] {
  return meanings.map((meaning, i) => (i === index ? { ...meaning, name } : meaning));
}

/* --- names of attributes --- */

/* What is wrong with the name of each column, in their order. */
export function nameProblems(meanings: readonly Meaning[]): (NameProblem | null)[] {
  const names = meanings.map(({ field, name }) => (isNamed(field) ? attributeName(name) : null));
  return names.map((name, i) => {
    if (name === null) return null;
    return nameProblem(name, names.slice(0, i).filter((other) => other !== null));
  });
}

/* --- phones --- */

/* The column to take for the phones when none is named so. */
export function likelyPhone(columns: readonly PreviewColumn[]): number {
  return columns.findIndex(({ samples }) => samples.length > 0 && samples.every((sample) => readPhone(sample) !== null));
}

/* A first line that holds a client instead of names. */
export function lacksHeader(columns: readonly PreviewColumn[]): boolean {
  return columns.some(({ header }) => readPhone(header) !== null);
}

/* 7,9E+10, which Excel makes of long numbers. */
export function isShortened(text: string): boolean {
  return /^\s*\d+([.,]\d+)?[EeЕе]\+?\d+\s*$/.test(text);
}

/* --- what apid is told --- */

/* Wrong rows among those seen that are still wrong with these meanings: what was said of a column counts
 * only while the column means what it meant. */
export function problemsLeft(preview: Preview, meanings: readonly Meaning[]): Preview["problems"] {
  const changed = new Set(preview.columns.filter(({ field }, i) => meanings[i]?.field !== field).map(({ header }) => header));
  return preview.problems.filter(({ field }) => !changed.has(field));
}

export function planColumns(columns: readonly PreviewColumn[], meanings: readonly Meaning[]): NonNullable<ImportPlan["columns"]> {
  return columns.map(({ header }, i) => {
    const { field, name } = meanings[i] ?? { field: "ignored", name: "" };
    return { header, field, attribute: isNamed(field) ? attributeName(name) : null };
  });
}
