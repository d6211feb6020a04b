/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What pages of delivery ask. */
import { useQuery } from "@tanstack/react-query";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import type { Id } from "@/api/types";

export type Account = Answer<"/v1/accounts/{id}", "get">;

const lookAgainMs = 10_000;
/* More than a company has. */
const providersMax = 200;

export function useAccounts() {
  return useQuery({ queryKey: keys.accounts, queryFn: async ({ signal }) => (await api.get("/v1/accounts", { signal })).accounts, refetchInterval: lookAgainMs });
}

export function useAccount(id: Id) {
  return useQuery({ queryKey: keys.account(id), queryFn: ({ signal }) => api.get("/v1/accounts/{id}", { path: { id }, signal }), refetchInterval: lookAgainMs });
}

export function useTroubles() {
  return useQuery({ queryKey: keys.troubles, queryFn: async ({ signal }) => (await api.get("/v1/troubles", { signal })).troubles, refetchInterval: lookAgainMs });
}

export function useProviders() {
  return useQuery({ queryKey: keys.providers, queryFn: async ({ signal }) => (await api.get("/v1/providers", { query: { limit: providersMax }, signal })).providers });
}

export function useProfiles() {
  return useQuery({ queryKey: [...keys.providers, "profiles"], queryFn: async ({ signal }) => (await api.get("/v1/provider-profiles", { signal })).profiles, staleTime: Infinity });
}

export function useSettings() {
  return useQuery({ queryKey: [...keys.accounts, "settings"], queryFn: async ({ signal }) => (await api.get("/v1/account-settings", { signal })).settings, staleTime: Infinity });
}
