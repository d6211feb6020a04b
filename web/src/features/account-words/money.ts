/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Money of accounts: kept in millionths, written in units. */
export const microPerUnit = 1_000_000;
const decimals = 6;

export function isMoney(key: string): boolean {
  return key.endsWith("_micro");
}

/* 2350000 as "2.35". */
export function unitsOf(micro: number): string {
  return (micro / microPerUnit).toFixed(decimals).replace(/\.?0+$/, "");
}
