/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which registration speaks for an account and an operator, by the rule of sender_routes(): the one that names the
 * operator goes first, then the one that names the account. Ended ones speak for nothing. */
import type { SenderDetail, SenderRegistration } from "@/api/types";

export type Account = SenderDetail["accounts"][number];
/* Null: every operator without a registration of its own. */
export type Operator = SenderDetail["operators"][number] | null;

export function speaking(registrations: readonly SenderRegistration[], account: Account, operator: string | null): SenderRegistration | undefined {
  const weight = (one: SenderRegistration) => (one.operator !== null ? 2 : 0) + (one.account !== null ? 1 : 0);
  const fit = registrations.filter(
    (one) => one.state !== "ended" && (one.account === account.name || one.provider === account.provider) && (one.operator === null || one.operator === operator),
  );
  return fit.toSorted((a, b) => weight(b) - weight(a))[0];
}

/* The table has them by weight: these four have most of the country's numbers. */
const greatest = 4;

/* The greatest operators, and every one of which something is said by itself. */
export function shownFirst({ operators, registrations }: Pick<SenderDetail, "operators" | "registrations">): SenderDetail["operators"] {
  return operators.filter(({ code }, i) => i < greatest || registrations.some(({ operator, state }) => operator === code && state !== "ended"));
}

/* Said of more than this very account and operator. */
export function isBroader(registration: SenderRegistration, operator: string | null): boolean {
  return registration.operator !== operator;
}
