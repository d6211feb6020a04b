/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The address that a short link leads to, as somebody pasted it. */
import { scan, type ProblemKind } from "./template";

/* A host in Cyrillic letters in the form that addresses have. */
export function cleanAddress(typed: string): string {
  const text = typed.trim();
  const [, scheme = "", host = "", rest = ""] = /^(https?:\/\/)([^/?#{}\s]+)(.*)$/is.exec(text) ?? [];
  if (!/[\u0080-\uffff]/.test(host)) return text;
  try {
    return scheme.toLowerCase() + new URL(`http://${host}`).host + rest;
  } catch {
    return text;
  }
}

/* The code of the client in an address tells whose visit it is; without one the place stays empty. */
export function linkText(typed: string, isPersonal: boolean): string {
  const address = cleanAddress(typed);
  if (!isPersonal) return `{link ${address}}`;
  const [before = "", ...anchor] = address.split("#");
  const sign = before.includes("?") ? (/[?&]$/.test(before) ? "" : "&") : "?";
  return `{link ${[`${before}${sign}c={external_id|}`, ...anchor].join("#")}}`;
}

/* Null: it can be put in. */
export function linkWrong(typed: string): ProblemKind | null {
  return scan(linkText(typed, false)).problem?.kind ?? null;
}
