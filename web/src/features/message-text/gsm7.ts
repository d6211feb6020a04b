/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The GSM 7-bit alphabet (3GPP TS 23.038, 6.2.1), as common/sms/gsm.c has it. */
const base = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/* Each takes an escape and a second septet. */
const extension = "\f^{}\\[~]|€";

const costs = new Map<string, number>([...Array.from(base, (c): [string, number] => [c, 1]), ...Array.from(extension, (c): [string, number] => [c, 2])]);

/* Septets of one character; 0 when the alphabet does not have it. */
export function gsmCost(character: string): number {
  return costs.get(character) ?? 0;
}
