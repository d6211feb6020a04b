/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the columns of a file mean, as apid proposes and a person changes it. */
import type { Answer } from "@/api/client";
import type { ImportPlan } from "@/features/import-file/uploads";
import { readPhone } from "@/shared/lib/phone";

export type Preview = Answer<"/v1/imports/preview", "post">;
export type PreviewColumn = Preview["columns"][number];
export type Field = PreviewColumn["field"];

export const fields: readonly Field[] = [
  "phone", "phone_2", "phone_3", "phone_4", "phone_5", "last_name", "first_name", "middle_name", "external_id", "sex", "birthday", "language", "time_zone", "region", "city",
  "branch", "manager", "status", "segment", "loyalty_tier", "points", "balance", "debt", "contract_number", "contract_from",
  "contract_to", "registered_on", "tags", "attribute", "ignored",
];

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
  const isShared = field === "attribute" || field === "ignored";
  return meanings.map((meaning, i) => {
    if (i === index) return { ...meaning, field };
    return !isShared && meaning.field === field ? { ...meaning, field: "ignored" } : meaning;
  });
}

export function withName(meanings: readonly Meaning[], index: number, name: string): Meaning[] {
  return meanings.map((meaning, i) => (i === index ? { ...meaning, name } : meaning));
}

/* --- names of attributes --- */

const nameBytesMax = 120;
const betweenWords = /[^a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3000-\ufffc\ufffe-\u{10ffff}]+/gu;

/* As apid writes it: lower case, one underscore for whatever is no letter or digit. */
export function attributeName(text: string): string {
  const words = text
    .replace(/[A-ZА-ЯЁ]/g, (letter) => letter.toLowerCase())
    .split(betweenWords)
    .filter((word) => word !== "");
  let name = "";
  for (const char of words.join("_")) {
    if (new TextEncoder().encode(name + char).length > nameBytesMax) break;
    name += char;
  }
  return name;
}

export type NameProblem = "empty" | "start" | "field" | "twice";

/* What texts call the fields of a client, in either language. */
const fieldNames: readonly string[] = [
  "external_id", "last_name", "first_name", "middle_name", "phone", "sex", "birthday", "language", "time_zone", "region", "city",
  "branch", "manager", "status", "segment", "loyalty_tier", "points", "balance", "debt", "contract_number", "contract_from",
  "contract_to", "registered_on", "tags",
  "код", "фамилия", "имя", "отчество", "телефон", "пол", "дата_рождения", "язык", "часовой_пояс", "регион", "город", "филиал",
  "менеджер", "статус", "сегмент", "уровень_лояльности", "баллы", "баланс", "долг", "номер_договора", "начало_договора",
  "конец_договора", "дата_регистрации", "метки", "phone_2", "phone_3", "phone_4", "phone_5", "телефон_2", "телефон_3", "телефон_4", "телефон_5",
];

function nameProblem(name: string, others: readonly string[]): NameProblem | null {
  if (name === "") return "empty";
  if (!/^\p{L}/u.test(name)) return "start";
  if (fieldNames.includes(name)) return "field";
  return others.includes(name) ? "twice" : null;
}

/* What is wrong with the name of each column, in their order. */
export function nameProblems(meanings: readonly Meaning[]): (NameProblem | null)[] {
  const names = meanings.map(({ field, name }) => (field === "attribute" ? attributeName(name) : null));
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
    return { header, field, attribute: field === "attribute" ? attributeName(name) : null };
  });
}
