/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Names of things compared as people type them: case and ё do not matter. */
export function plain(text: string): string {
  return text.toLowerCase().replaceAll("ё", "е");
}

/* Every word typed begins some word of the name. */
export function named(name: string, typed: string): boolean {
  const words = plain(name).split(/[^\p{L}\p{N}]+/u);
  const wanted = plain(typed).split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  return wanted.length > 0 && wanted.every((begin) => words.some((word) => word.startsWith(begin)));
}
