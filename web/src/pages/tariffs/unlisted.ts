/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { Answer } from "@/api/client";
import type { Tariff } from "@/api/types";
import { standingOf } from "@/features/delivery-words/standing";

type Account = Pick<Answer<"/v1/accounts", "get">["accounts"][number], "name" | "enabled" | "price_per_part" | "provider">;

export interface Unlisted {
  name: string;
  price: string;
}

/* Accounts that are in use and whose messages no price list speaks of today: neither their own nor their provider's. */
export function withoutList(accounts: readonly Account[], tariffs: readonly Pick<Tariff, "account" | "provider" | "from" | "until">[], today: string): Unlisted[] {
  const now = tariffs.filter((tariff) => standingOf(tariff, today) === "now");
  return accounts
    .filter(({ name, enabled, provider }) => enabled && !now.some((tariff) => tariff.account === name || (tariff.account === null && tariff.provider === provider.name)))
    .map(({ name, price_per_part: price }) => ({ name, price }));
}
