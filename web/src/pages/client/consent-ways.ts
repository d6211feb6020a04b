/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How what a client says of consents reaches a person at the card. */
export const ways = ["call_centre", "letter", "web"] as const;
export type Way = (typeof ways)[number];
