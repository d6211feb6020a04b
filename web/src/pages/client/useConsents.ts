/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Answer, type RequestBody } from "@/api/client";
import { keys } from "@/api/keys";
import { postFile } from "@/api/post-file";
import { proofType } from "./proof";

type Page = Answer<"/v1/clients/{id}/consents", "get">;
export type Consent = Page["current"][number];
export type ConsentEvent = Page["events"][number];
type Proof = Answer<"/v1/consent-proofs", "post">;
type Recorded = Exclude<NonNullable<RequestBody<"/v1/consents", "post">>, Blob>;
type Withdrawn = Exclude<NonNullable<RequestBody<"/v1/consents/withdraw", "post">>, Blob>;

/* What holds now, and as much of the ledger as was asked for. */
export interface Consents {
  current: readonly Consent[];
  events: readonly ConsentEvent[];
  more: (() => void) | undefined;
  loadingMore: boolean;
}

const keyOf = (id: string) => [...keys.client(id), "consents"] as const;

export function useConsents(id: string, enabled = true) {
  const purposes = useQuery({ queryKey: keys.purposes, queryFn: async ({ signal }) => (await api.get("/v1/purposes", { signal })).purposes, staleTime: 60_000, enabled });
  const ledger = useInfiniteQuery({
    queryKey: keyOf(id),
    queryFn: ({ pageParam, signal }) => api.get("/v1/clients/{id}/consents", { path: { id }, query: { limit: 20, ...(pageParam === undefined ? {} : { cursor: pageParam }) }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled,
  });
  const pages = ledger.data?.pages;
  const all: Consents | undefined = pages?.[0] && {
    current: pages[0].current,
    events: pages.flatMap(({ events }) => events),
    more: ledger.hasNextPage ? () => void ledger.fetchNextPage() : undefined,
    loadingMore: ledger.isFetchingNextPage,
  };
  return {
    all,
    purposes: purposes.data,
    error: ledger.error ?? purposes.error,
    again: () => {
      void ledger.refetch();
      void purposes.refetch();
    },
  };
}

/* How high consents will stand nobody knows before they are there: the card waits for them, so that nothing jumps. */
export function useConsentsThere(id: string, mayRead: boolean): boolean {
  const { all, purposes, error } = useConsents(id, mayRead);
  return !mayRead || error !== null || (all !== undefined && purposes !== undefined);
}

/* The texts of a purpose, the newest version first. */
export function useTexts(purpose: string | undefined) {
  return useQuery({
    queryKey: [...keys.purposes, "texts", purpose],
    queryFn: async ({ signal }) => (await api.get("/v1/consent-texts", { query: { ...(purpose === undefined ? {} : { purpose }) }, signal })).consent_texts,
    enabled: purpose !== undefined,
  });
}

/* What a client agrees to changes what may be sent to it. */
function useSaid(id: string) {
  const queryClient = useQueryClient();
  return async () => {
    void queryClient.invalidateQueries({ queryKey: ["opt-outs"] });
    void queryClient.invalidateQueries({ queryKey: keys.clients });
    await queryClient.invalidateQueries({ queryKey: keys.client(id) });
  };
}

export type NewConsent = Omit<Recorded, "client_id" | "proof_id">;

export function useRecord(id: string, onDone: (entered: Answer<"/v1/consents", "post">) => void) {
  const said = useSaid(id);
  return useMutation({
    mutationFn: async ({ consent, proof }: { consent: NewConsent; proof: File | null }) => {
      const kept = proof === null ? null : await postFile<Proof>("/v1/consent-proofs", proof, proofType(proof.name) ?? proof.type);
      return api.post("/v1/consents", { body: { ...consent, client_id: id, ...(kept === null ? {} : { proof_id: kept.id }) } });
    },
    onSuccess: async (entered) => {
      await said();
      onDone(entered);
    },
  });
}

export function useWithdraw(id: string, onDone: () => void) {
  const said = useSaid(id);
  return useMutation({
    mutationFn: (body: Omit<Withdrawn, "client_id">) => api.post("/v1/consents/withdraw", { body: { ...body, client_id: id } }),
    onSuccess: async () => {
      await said();
      onDone();
    },
  });
}
