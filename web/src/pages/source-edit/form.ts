/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person fills in to set up a source, what is wrong with it, and what apid is told. */
import type { Answer } from "@/api/client";
import type { ImportField, Source, SourceKind } from "@/api/types";
import { attributeName, nameProblem, type NameProblem } from "@/features/import-file/fields";
import type { SourceFields } from "@/features/source-words/queries";

export type Kind = Answer<"/v1/source-kinds", "get">["kinds"][number];
export type Timing = "every" | "daily" | "never";

export interface ColumnRow {
  /* Of this row of the form. */
  key: number;
  header: string;
  field: ImportField;
  /* Of an attribute, as it was typed. */
  name: string;
}

export interface SourceForm {
  name: string;
  kind: SourceKind;
  /* Of all kinds looked at: who goes back to one finds what was typed. */
  settings: Readonly<Record<string, string>>;
  /* "": as it is. */
  secret: string;
  forgetsSecret: boolean;
  mode: Source["mode"];
  cursorColumn: string;
  timing: Timing;
  everyMin: number;
  dailyAt: string;
  columns: readonly ColumnRow[];
}

const hourMin = 60;

export const emptyForm: SourceForm = {
  name: "",
  kind: "folder",
  settings: {},
  secret: "",
  forgetsSecret: false,
  mode: "incremental",
  cursorColumn: "",
  timing: "every",
  everyMin: hourMin,
  dailyAt: "03:30",
  columns: [],
};

function timingOf({ every_min, daily_at }: Source): Timing {
  if (daily_at !== null) return "daily";
  return every_min === null ? "never" : "every";
}

export function formOf(source: Source): SourceForm {
  return {
    ...emptyForm,
    name: source.name,
    kind: source.kind,
    settings: source.settings,
    mode: source.mode,
    cursorColumn: source.cursor_column ?? "",
    timing: timingOf(source),
    everyMin: source.every_min ?? emptyForm.everyMin,
    dailyAt: source.daily_at ?? emptyForm.dailyAt,
    columns: source.columns.map(({ header, field, attribute }, key) => ({ key, header, field, name: attribute ?? "" })),
  };
}

export function needsCursor({ mode }: Pick<SourceForm, "mode">, kind: Kind): boolean {
  return kind.has_cursor_column && mode === "incremental";
}

/* --- what is wrong with it --- */

export type RowWrong = "no_header" | "header_twice" | "field_twice" | NameProblem;

export interface Wrongs {
  name: boolean;
  /* Settings that are missing. */
  settings: readonly string[];
  cursorColumn: boolean;
  dailyAt: boolean;
  /* In the order of the rows. */
  columns: readonly (RowWrong | null)[];
}

function rowWrong({ header, field, name }: ColumnRow, before: readonly ColumnRow[]): RowWrong | null {
  if (header.trim() === "") return "no_header";
  if (before.some((row) => row.header.trim() === header.trim())) return "header_twice";
  if (field === "attribute") return nameProblem(attributeName(name), before.filter((row) => row.field === "attribute").map((row) => attributeName(row.name)));
  return field !== "ignored" && before.some((row) => row.field === field) ? "field_twice" : null;
}

export function wrongsOf(form: SourceForm, kind: Kind): Wrongs {
  return {
    name: form.name.trim() === "",
    settings: kind.settings.filter(({ name, required }) => required && (form.settings[name] ?? "").trim() === "").map(({ name }) => name),
    cursorColumn: needsCursor(form, kind) && form.cursorColumn.trim() === "",
    dailyAt: form.timing === "daily" && !/^([01]\d|2[0-3]):[0-5]\d$/.test(form.dailyAt),
    columns: form.columns.map((row, i) => rowWrong(row, form.columns.slice(0, i))),
  };
}

export function isRight({ name, settings, cursorColumn, dailyAt, columns }: Wrongs): boolean {
  return !name && settings.length === 0 && !cursorColumn && !dailyAt && columns.every((wrong) => wrong === null);
}

/* --- what apid is told --- */

/* The key of a server comes with line ends that matter; around it they do not. */
function secretOf({ secret, forgetsSecret }: SourceForm, kind: Kind): Pick<SourceFields, "secret"> {
  if (!kind.has_secret || forgetsSecret) return { secret: null };
  return secret === "" ? {} : { secret };
}

export function fieldsFrom(form: SourceForm, kind: Kind, enabled: boolean): SourceFields {
  const settings = kind.settings.map(({ name }) => [name, (form.settings[name] ?? "").trim()] as const).filter(([, value]) => value !== "");
  const columns = form.columns.map(({ header, field, name }) => ({ header: header.trim(), field, attribute: field === "attribute" ? attributeName(name) : null }));
  return {
    name: form.name.trim(),
    kind: form.kind,
    enabled,
    mode: form.mode,
    cursor_column: needsCursor(form, kind) ? form.cursorColumn.trim() : null,
    every_min: form.timing === "every" ? form.everyMin : null,
    daily_at: form.timing === "daily" ? form.dailyAt : null,
    settings: Object.fromEntries(settings),
    ...secretOf(form, kind),
    ...(columns.length === 0 ? {} : { columns }),
  };
}
