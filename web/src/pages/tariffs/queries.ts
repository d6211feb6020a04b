/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Tariff } from "@/api/types";

const atOnce = 200;
/* A hundred accounts with a new price list each month fill it in a year. */
const pagesMax = 6;

/* All price lists, for who has which of them now is told by all of them together. */
async function everyTariff(signal: AbortSignal): Promise<Tariff[]> {
  const all: Tariff[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pagesMax; page++) {
    const { tariffs, next_cursor: next }: { tariffs: Tariff[]; next_cursor: string | null } = await api.get("/v1/tariffs", { query: { limit: atOnce, ...(cursor === null ? {} : { cursor }) }, signal });
    all.push(...tariffs);
    cursor = next;
    if (cursor === null) break;
  }
  return all;
}

export function useTariffs() {
  return useQuery({ queryKey: keys.tariffs, queryFn: ({ signal }) => everyTariff(signal) });
}
