/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The draft of the wizard, its saver and what is wrong with it. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useBlocker } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Campaign } from "@/api/types";
import { useKnownNames } from "@/features/message-text/queries";
import { draftOf, sentOf, unsavable, wrongsOf, type Draft } from "./draft";
import { DraftSaver, type DraftServer, type Judge } from "./draft-saver";

/* Other pages hear of what was saved; who is signed out sees it at once. */
function draftServer(queryClient: QueryClient): DraftServer {
  const told = async (request: Promise<Campaign>) => {
    try {
      const campaign = await request;
      queryClient.setQueryData(keys.campaign(campaign.id), campaign);
      void queryClient.invalidateQueries({ queryKey: keys.campaigns });
      return campaign;
    } catch (error) {
      if (asProblem(error).status === 401) void queryClient.invalidateQueries({ queryKey: keys.me });
      throw error;
    }
  };
  return {
    create: ({ name = "", ...rest }) => told(api.post("/v1/campaigns", { body: { name, ...sentOf(rest) } })),
    change: (id, fields) => told(api.patch("/v1/campaigns/{id}", { path: { id }, body: sentOf(fields) })),
  };
}

const judgeWith =
  (known: ReadonlySet<string> | undefined): Judge =>
  (draft) =>
    unsavable(wrongsOf(draft, known, Date.now()));

/* A clock for what may be over: the start that was chosen. */
function useNowMs(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function useDraft(campaign: Campaign | null, proposed: Draft) {
  const queryClient = useQueryClient();
  const [saver] = useState(() => new DraftSaver(draftServer(queryClient), campaign === null ? proposed : draftOf(campaign), campaign?.id ?? null, judgeWith(undefined)));
  const snapshot = useSyncExternalStore(saver.subscribe, saver.getSnapshot);
  const known = useKnownNames(snapshot.draft.list_id);
  useEffect(() => saver.judgeBy(judgeWith(known)), [saver, known]);
  const nowMs = useNowMs();
  const wrongs = useMemo(() => wrongsOf(snapshot.draft, known, nowMs), [snapshot.draft, known, nowMs]);

  // Left in whatever way, what was typed is sent.
  useEffect(() => {
    const flush = () => void saver.flush();
    document.addEventListener("visibilitychange", flush);
    return () => {
      document.removeEventListener("visibilitychange", flush);
      flush();
    };
  }, [saver]);
  return { saver, snapshot, wrongs };
}

export type UsedDraft = ReturnType<typeof useDraft>;

/* Asks before something that could not be saved is left behind. */
export function useLeaving({ saver, snapshot }: UsedDraft) {
  const { isDirty, id } = snapshot;
  const blocker = useBlocker(
    ({ nextLocation }) => saver.getSnapshot().isDirty && nextLocation.pathname !== "/campaigns/new" && nextLocation.pathname !== `/campaigns/${saver.getSnapshot().id ?? ""}/edit`,
  );
  const [asks, setAsks] = useState(false);

  useEffect(() => {
    if (blocker.state !== "blocked") return;
    let current = true;
    void saver.flush().then((saved) => {
      if (!current) return;
      if (saved) blocker.proceed();
      else setAsks(true);
    });
    return () => {
      current = false;
    };
  }, [blocker, saver]);

  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isDirty, id]);

  return {
    asks,
    leave: () => {
      setAsks(false);
      saver.close();
      blocker.proceed?.();
    },
    stay: () => {
      setAsks(false);
      blocker.reset?.();
    },
  };
}
