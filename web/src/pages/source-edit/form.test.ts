/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { Source } from "@/api/types";
import { emptyForm, fieldsFrom, formOf, isRight, wrongsOf, type ColumnRow, type Kind } from "./form";

const folder: Kind = {
  kind: "folder",
  has_cursor_column: false,
  has_secret: false,
  settings: [
    { name: "folder", type: "folder", required: true },
    { name: "pattern", type: "pattern", required: false },
  ],
};
const database: Kind = {
  kind: "postgresql",
  has_cursor_column: true,
  has_secret: true,
  settings: [
    { name: "host", type: "host", required: true },
    { name: "port", type: "port", required: false },
    { name: "table", type: "text", required: true },
  ],
};
const row = (header: string, field: ColumnRow["field"], name = ""): ColumnRow => ({ key: 0, header, field, name });
const whole = { ...emptyForm, name: "CRM", settings: { folder: "crm" } };

test("an empty form says what is missing, a whole one is right", () => {
  expect(wrongsOf(emptyForm, folder)).toMatchObject({ name: true, settings: ["folder"], cursorColumn: false });
  expect(isRight(wrongsOf(whole, folder))).toBe(true);
  expect(wrongsOf({ ...whole, kind: "postgresql" }, database)).toMatchObject({ settings: ["host", "table"], cursorColumn: true });
  expect(wrongsOf({ ...whole, kind: "postgresql", mode: "full" }, database).cursorColumn).toBe(false);
  expect(wrongsOf({ ...whole, timing: "daily", dailyAt: "" }, folder).dailyAt).toBe(true);
});

test("a column has a header, a meaning of its own, an attribute a name", () => {
  const columns = [row("тел", "phone"), row("", "city"), row("тел", "ignored"), row("моб", "phone"), row("a", "attribute"), row("b", "attribute", "Размер"), row("c", "attribute", "размер"), row("d", "ignored"), row("e", "ignored")];
  expect(wrongsOf({ ...whole, columns }, folder).columns).toEqual([null, "no_header", "header_twice", "field_twice", "empty", null, "twice", null, null]);
});

test("apid is told what belongs to the kind, and nothing empty", () => {
  const form = { ...whole, kind: "postgresql" as const, settings: { folder: "crm", host: " db ", port: "", table: "clients" }, cursorColumn: " id ", secret: "hush", columns: [row(" моб ", "phone"), row("Размер", "attribute", "Размер обуви")] };
  expect(fieldsFrom(form, database, false)).toEqual({
    name: "CRM",
    kind: "postgresql",
    enabled: false,
    mode: "incremental",
    cursor_column: "id",
    every_min: 60,
    daily_at: null,
    settings: { host: "db", table: "clients" },
    secret: "hush",
    columns: [
      { header: "моб", field: "phone", attribute: null },
      { header: "Размер", field: "attribute", attribute: "размер_обуви" },
    ],
  });
});

test("a secret that nobody typed stays, one that is forgotten or without use is taken away", () => {
  const form = { ...whole, kind: "postgresql" as const };
  expect(fieldsFrom(form, database, true)).not.toHaveProperty("secret");
  expect(fieldsFrom({ ...form, forgetsSecret: true, secret: "x" }, database, true).secret).toBe(null);
  expect(fieldsFrom({ ...whole, secret: "x" }, folder, true).secret).toBe(null);
});

test("a source comes into the form and out of it as it is", () => {
  const source: Source = {
    id: "1", name: "CRM", kind: "postgresql", enabled: true, mode: "incremental", cursor_column: "id", every_min: null, daily_at: "04:00",
    settings: { host: "db", table: "clients" }, has_secret: true, due_at: null, created_at: "2026-11-28T10:00:00Z", changed_at: "2026-11-28T10:00:00Z",
    columns: [{ header: "моб", field: "phone", attribute: null }], last_run: null, held_run_id: null,
  };
  const { name, kind, enabled, mode, cursor_column, every_min, daily_at, settings, columns } = source;
  expect(fieldsFrom(formOf(source), database, enabled)).toEqual({ name, kind, enabled, mode, cursor_column, every_min, daily_at, settings, columns });
});
