/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an operator said, as a person fills it in. */
import type { SenderRegistration } from "@/api/types";
import type { RegistrationChange } from "./queries";

export interface RegistrationDraft {
  state: SenderRegistration["state"];
  from: string;
  to: string;
  contract: string;
  fee: string;
  note: string;
}

export const emptyRegistration: RegistrationDraft = { state: "asked", from: "", to: "", contract: "", fee: "", note: "" };

export function draftOf({ state, valid_from, valid_to, contract, monthly_fee, note }: SenderRegistration): RegistrationDraft {
  return { state, from: valid_from ?? "", to: valid_to ?? "", contract, fee: monthly_fee ?? "", note };
}

const blankToNull = (text: string) => (text === "" ? null : text);
/* "1 020,5" as people write it. */
const feeOf = (text: string) => text.replace(/\s/g, "").replace(",", ".");

export function fieldsOf({ state, from, to, contract, fee, note }: RegistrationDraft): RegistrationChange {
  return { state, valid_from: blankToNull(from), valid_to: blankToNull(to), contract: contract.trim(), monthly_fee: blankToNull(feeOf(fee)), note: note.trim() };
}

export type RegistrationWrong = "order" | "fee";

export function wrongsOf({ from, to, fee }: RegistrationDraft): Partial<Record<keyof RegistrationDraft, RegistrationWrong>> {
  return {
    ...(from !== "" && to !== "" && to < from ? { to: "order" as const } : {}),
    ...(fee.trim() !== "" && !/^\d{1,9}(\.\d{1,6})?$/.test(feeOf(fee)) ? { fee: "fee" as const } : {}),
  };
}

/* "a:one" and "p:hub": through an account, or through all of a provider. */
export function throughOf(value: string): { account: string } | { provider: string } {
  return value.startsWith("a:") ? { account: value.slice(2) } : { provider: value.slice(2) };
}
