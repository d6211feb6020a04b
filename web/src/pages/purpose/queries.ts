/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type RequestBody } from "@/api/client";
import { keys } from "@/api/keys";

type Created = Exclude<NonNullable<RequestBody<"/v1/purposes", "post">>, Blob>;
export type PurposeChange = Exclude<NonNullable<RequestBody<"/v1/purposes/{code}", "patch">>, Blob>;

export function usePurposes() {
  return useQuery({ queryKey: keys.purposes, queryFn: async ({ signal }) => (await api.get("/v1/purposes", { signal })).purposes });
}

export function useTexts(purpose: string) {
  return useQuery({
    queryKey: [...keys.purposes, "texts", purpose],
    queryFn: async ({ signal }) => (await api.get("/v1/consent-texts", { query: { purpose }, signal })).consent_texts,
  });
}

function useRefresh() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: keys.purposes });
}

export function useCreatePurpose(onDone: (code: string) => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: Created) => api.post("/v1/purposes", { body }),
    onSuccess: async ({ code }) => {
      await refresh();
      onDone(code);
    },
  });
}

export function useChangePurpose(code: string, onDone: () => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: PurposeChange) => api.patch("/v1/purposes/{code}", { path: { code }, body }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
  });
}

export function usePublishText(purpose: string, onDone: () => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (text: string) => api.post("/v1/consent-texts", { body: { purpose, text } }),
    onSuccess: async () => {
      await refresh();
      onDone();
    },
  });
}
