/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A price list or an invoice on its way to apid: what a person says of the file beside its content. */
import type { ApiProblem } from "@/api/problem";

export const sheetBytesMax = 16 * 1024 * 1024;

export type Vat = "included" | "excluded";

export interface VatDraft {
  vat: Vat;
  /* As typed; "": the rate of the provider's country. */
  rate: string;
}

/* Per cent as the API wants it; undefined when nothing was typed, null when it is no rate. */
export function rateOf(text: string): string | undefined | null {
  const bare = text.trim().replace(",", ".").replace(/\s?%$/, "");
  if (bare === "") return undefined;
  return /^\d{1,3}(\.\d{1,2})?$/.test(bare) && Number(bare) <= 100 ? bare : null;
}

export function mediaTypeOf(fileName: string): string {
  return /\.xlsx$/i.test(fileName) ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv";
}

export interface WrongLine {
  line: number;
  field: string;
  found: string;
  expected: string;
}

/* What apid says is wrong within the file, told apart from what is wrong with the form. */
export function wrongLines({ errors }: Pick<ApiProblem, "errors">): WrongLine[] {
  return errors.flatMap(({ line, field, found, expected }) => (line === undefined ? [] : [{ line, field, found, expected }]));
}
