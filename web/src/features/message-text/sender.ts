/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The sender's name, by the rule of common/model/sender.c. */
import { gsmCost } from "./gsm7";

const nameMax = 11;
const numberMax = 15;

export function senderFits(sender: string): boolean {
  const digits = sender.replace(/^\+/, "");
  if (/^\d*$/.test(digits)) return digits !== "" && digits.length <= numberMax;
  return sender.length <= nameMax && sender.trim() === sender && Array.from(sender).every((c) => c >= " " && c <= "~" && gsmCost(c) === 1);
}
