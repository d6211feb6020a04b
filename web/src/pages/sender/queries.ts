/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Answer, type RequestBody } from "@/api/client";
import { keys } from "@/api/keys";
import { usePages } from "@/shared/hooks/usePages";

export type SenderChange = Exclude<NonNullable<RequestBody<"/v1/senders/{id}", "patch">>, Blob>;
export type NewRegistration = Exclude<NonNullable<RequestBody<"/v1/senders/{id}/registrations", "post">>, Blob>;
export type RegistrationChange = Exclude<NonNullable<RequestBody<"/v1/senders/{id}/registrations/{registration}", "patch">>, Blob>;
export type NewText = Exclude<NonNullable<RequestBody<"/v1/template-registrations", "post">>, Blob>;
export type Template = Answer<"/v1/templates", "get">["templates"][number];

export function useSender(id: string) {
  return useQuery({ queryKey: keys.sender(id), queryFn: ({ signal }) => api.get("/v1/senders/{id}", { path: { id }, signal }) });
}

export function useTexts(id: string) {
  return usePages({
    queryKey: [...keys.sender(id), "texts"],
    load: (cursor, signal) => api.get("/v1/template-registrations", { query: { sender_id: id, ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.registrations,
  });
}

/* The newest two hundred: who has more finds them by the first letters. */
export function useTemplateChoice(query: string, enabled: boolean) {
  return useQuery({
    queryKey: [...keys.templates, "register", query],
    queryFn: async ({ signal }) => (await api.get("/v1/templates", { query: { limit: 200, ...(query === "" ? {} : { query }) }, signal })).templates,
    enabled,
  });
}

/* All that is said of senders is asked anew. */
function useDone(onDone: () => void) {
  const queryClient = useQueryClient();
  return async () => {
    await queryClient.invalidateQueries({ queryKey: keys.senders });
    onDone();
  };
}

export function useChangeSender(id: string, onDone: () => void) {
  return useMutation({ mutationFn: (body: SenderChange) => api.patch("/v1/senders/{id}", { path: { id }, body }), onSuccess: useDone(onDone) });
}

export function useDeleteSender(id: string, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete("/v1/senders/{id}", { path: { id } }),
    onSuccess: () => {
      onDone();
      queryClient.removeQueries({ queryKey: keys.sender(id) });
      void queryClient.invalidateQueries({ queryKey: keys.senders });
    },
  });
}

export function useRegister(id: string, onDone: () => void) {
  return useMutation({ mutationFn: (body: NewRegistration) => api.post("/v1/senders/{id}/registrations", { path: { id }, body }), onSuccess: useDone(onDone) });
}

export function useChangeRegistration(id: string, registration: string, onDone: () => void) {
  return useMutation({
    mutationFn: (body: RegistrationChange) => api.patch("/v1/senders/{id}/registrations/{registration}", { path: { id, registration }, body }),
    onSuccess: useDone(onDone),
  });
}

/* One after another: each operator is told of by itself, and what was taken before a refusal stays. */
export function useRegisterText(onDone: () => void) {
  return useMutation({
    mutationFn: async (bodies: readonly NewText[]) => {
      for (const body of bodies) await api.post("/v1/template-registrations", { body });
    },
    onSuccess: useDone(onDone),
  });
}

export function useChangeText(id: string, onDone: () => void) {
  return useMutation({ mutationFn: (body: RegistrationChange) => api.patch("/v1/template-registrations/{id}", { path: { id }, body }), onSuccess: useDone(onDone) });
}
