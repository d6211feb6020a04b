/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What pages about delivery ask in common: operators, accounts, providers. */
import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { useRight } from "@/shared/hooks/useMe";

const staleMs = 60_000;

export function useOperators() {
  const enabled = useRight("accounts.read");
  return useQuery({ queryKey: keys.operators, queryFn: async ({ signal }) => (await api.get("/v1/operators", { signal })).operators, staleTime: staleMs, enabled });
}

/* The name of an operator that the API calls by its code. */
export function useOperatorName(): (code: string) => string {
  const { data } = useOperators();
  return (code) => data?.find((operator) => operator.code === code)?.name ?? code;
}

export function useAccounts() {
  const enabled = useRight("accounts.read");
  return useQuery({ queryKey: keys.accounts, queryFn: async ({ signal }) => (await api.get("/v1/accounts", { signal })).accounts, staleTime: staleMs, enabled });
}

export function useProviders() {
  const enabled = useRight("accounts.read");
  return useQuery({ queryKey: keys.providers, queryFn: async ({ signal }) => (await api.get("/v1/providers", { query: { limit: 200 }, signal })).providers, staleTime: staleMs, enabled });
}

/* Whose prices and invoices there can be. */
export function useOwners() {
  return { accounts: useAccounts().data ?? [], providers: useProviders().data ?? [] };
}
