/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { OperatorContract, RouteRule } from "@/api/types";
import type { ContractBody, LimitsBody, RuleBody } from "./draft";

export function useRules() {
  return useQuery({ queryKey: keys.routeRules, queryFn: async ({ signal }) => (await api.get("/v1/route-rules", { signal })).rules });
}

export function useSaveRule(id: string | null, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: RuleBody) => (id === null ? api.post("/v1/route-rules", { body }) : api.put("/v1/route-rules/{id}", { path: { id }, body })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.routeRules });
      onDone();
    },
  });
}

export function useRemoveRule(onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete("/v1/route-rules/{id}", { path: { id } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.routeRules });
      onDone();
    },
  });
}

/* Shown at once, as the person put them; apid has the last word. */
export function useOrderRules() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (ids: string[]) => (await api.put("/v1/route-rules/order", { body: { ids } })).rules,
    onMutate: (ids) => {
      const before = queryClient.getQueryData<RouteRule[]>(keys.routeRules);
      queryClient.setQueryData<RouteRule[]>(keys.routeRules, (rules) => ids.flatMap((id) => rules?.filter((rule) => rule.id === id) ?? []));
      return before;
    },
    onSuccess: (rules) => queryClient.setQueryData(keys.routeRules, rules),
    onError: (_error, _ids, before) => {
      queryClient.setQueryData(keys.routeRules, before);
      void queryClient.invalidateQueries({ queryKey: keys.routeRules });
    },
  });
}

export function useAccountRoutes() {
  return useQuery({ queryKey: keys.accountRoutes, queryFn: async ({ signal }) => (await api.get("/v1/account-routes", { signal })).accounts });
}

export function useSaveLimits(id: string, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: LimitsBody) => api.put("/v1/accounts/{id}/route", { path: { id }, body }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.accountRoutes });
      onDone();
    },
  });
}

export function useContracts() {
  return useQuery({ queryKey: keys.operatorContracts, queryFn: async ({ signal }) => (await api.get("/v1/operator-contracts", { signal })).contracts });
}

export function useSaveContract(onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: ContractBody) => api.put("/v1/operator-contracts", { body }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.operatorContracts });
      onDone();
    },
  });
}

export function useRemoveContract(onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ account, operator, valid_from }: OperatorContract) => api.post("/v1/operator-contracts/remove", { body: { account, operator, valid_from } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.operatorContracts });
      onDone();
    },
  });
}
