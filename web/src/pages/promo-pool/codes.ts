/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Codes stand one a line; empty lines part them. */
export const countCodes = (text: string): number => text.split("\n").filter((line) => line.trim() !== "").length;
