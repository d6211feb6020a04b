/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What people type as a phone number. apid has the last word: it knows every country's numbers. */

/* Everything but digits that people put into a number. */
const between = /[\s()\u2010-\u2015\u2212.-]/g;

/* The digits of `text`, with the plus in front if there is one; null when it holds anything else. */
export function phoneCharacters(text: string): string | null {
  const bare = text.replace(between, "");
  return /^\+?\d+$/.test(bare) ? bare : null;
}

/* "8 (916) 123-45-67" as "+79161234567", as apid writes it; null when it is no whole number. Ten digits
 * and a leading 8 are Russian. */
export function readPhone(text: string): string | null {
  const bare = phoneCharacters(text);
  if (bare === null) return null;
  if (bare.startsWith("+")) return /^\+\d{8,15}$/.test(bare) ? bare : null;
  if (bare.length === 10) return `+7${bare}`;
  if (bare.length === 11 && bare.startsWith("8")) return `+7${bare.slice(1)}`;
  return /^\d{11,15}$/.test(bare) ? `+${bare}` : null;
}

/* The number when it is neither masked nor gone: only such a one can be asked about. */
export function wholePhone(phone: string | null): string | null {
  return phone !== null && /^\+\d+$/.test(phone) ? phone : null;
}

/* A Russian number of a house, an office or a free line, by its code: no SMS reaches it. */
export function isFixed(phone: string): boolean {
  return /^\+7[348]\d{9}$/.test(phone);
}
