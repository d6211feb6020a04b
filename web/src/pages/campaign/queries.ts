/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the page of a campaign asks. Nothing waits for anything else: the campaign, its progress and who got
 * nothing are asked for at once. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { isOver } from "@/api/stream";
import type { Campaign, Message, Progress } from "@/api/types";
import { usePages } from "@/shared/hooks/usePages";
import { useProgressStream } from "@/shared/hooks/useProgressStream";
import { collect } from "./collect";
import type { State } from "./view";

const summaryMs = 10_000;
const messagesAtOnce = 50;
const searchMs = 3000;

function useCampaign(id: string) {
  return useQuery({ queryKey: keys.campaign(id), queryFn: ({ signal }) => api.get("/v1/campaigns/{id}", { path: { id }, signal }) });
}

function isWatched(campaign: Campaign | undefined): boolean {
  return campaign !== undefined && campaign.status !== "draft" && !isOver(campaign);
}

/* The stream says first that a campaign has begun, is paused or over: all else is asked for again. */
function useNews(id: string, campaign: Campaign | undefined, progress: Progress | undefined): void {
  const queryClient = useQueryClient();
  const isNews = campaign !== undefined && progress !== undefined && (campaign.status !== progress.status || isOver(campaign) !== isOver(progress));
  useEffect(() => {
    if (!isNews) return;
    void queryClient.invalidateQueries({ queryKey: keys.campaign(id) });
    void queryClient.invalidateQueries({ queryKey: keys.campaigns });
  }, [isNews, id, queryClient]);
}

export function useCampaignNow(id: string) {
  const campaign = useCampaign(id);
  const progress = useProgressStream(id, isWatched(campaign.data));
  useNews(id, campaign.data, progress.data);
  return {
    campaign: campaign.data,
    progress: progress.data,
    /* When the figures were told. */
    toldMs: progress.dataUpdatedAt,
    isCut: isWatched(campaign.data) && !progress.live,
    error: campaign.error ?? progress.error,
    again: () => void Promise.all([campaign.refetch(), progress.refetch()]),
  };
}

export function useSummary(id: string, isLive: boolean) {
  return useQuery({
    queryKey: [...keys.campaign(id), "missed", "summary"],
    queryFn: ({ signal }) => api.get("/v1/campaigns/{id}/missed/summary", { path: { id }, signal }),
    refetchInterval: isLive ? summaryMs : false,
  });
}

/* Clicks come for days after the last message. */
export function useClicks(id: string, isAsked: boolean) {
  return useQuery({
    queryKey: [...keys.campaign(id), "clicks"],
    queryFn: ({ signal }) => api.get("/v1/campaigns/{id}/clicks", { path: { id }, signal }),
    enabled: isAsked,
    refetchInterval: summaryMs,
  });
}

export function useMissed(id: string, reason: string | null) {
  return usePages({
    queryKey: [...keys.campaign(id), "missed", "rows", reason],
    load: (cursor, signal) => api.get("/v1/campaigns/{id}/missed", { path: { id }, query: { cursor, reason: reason ?? undefined }, signal }),
    rows: (page) => page.missed,
  });
}

export function useMessages(id: string, state: State | null) {
  return usePages({
    queryKey: [...keys.campaign(id), "messages", state],
    load: (from, signal) =>
      collect<Message>(
        async (cursor) => {
          const { messages, next_cursor } = await api.get("/v1/campaigns/{id}/messages", { path: { id }, query: { cursor, state: state ?? undefined, limit: messagesAtOnce }, signal });
          return { rows: messages, next_cursor };
        },
        from,
        { rows: messagesAtOnce, ms: searchMs, now: () => performance.now() },
      ),
    rows: (page) => page.rows,
  });
}
