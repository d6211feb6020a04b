/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Campaign } from "@/api/types";
import { usePages } from "@/shared/hooks/usePages";
import type { Filter } from "./filter";

const runningMs = 2000;
/* A planned one may begin at any moment. */
const plannedMs = 10_000;

export function lookAgainMs(campaigns: readonly Pick<Campaign, "status">[]): number | false {
  const some = (wanted: Campaign["status"]) => campaigns.some(({ status }) => status === wanted);
  if (some("running")) return runningMs;
  return some("planned") ? plannedMs : false;
}

export function useCampaigns({ status, query }: Filter, enabled: boolean) {
  const queryClient = useQueryClient();
  return usePages({
    queryKey: [...keys.campaigns, "table", status, query],
    load: async (cursor, signal) => {
      const page = await api.get("/v1/campaigns", { query: { status: status ?? undefined, query: query === "" ? undefined : query, cursor }, signal });
      // The list tells all of a campaign: its page has nothing to wait for.
      for (const campaign of page.campaigns) queryClient.setQueryData(keys.campaign(campaign.id), campaign);
      return page;
    },
    rows: (page) => page.campaigns,
    enabled,
    keepRows: true,
    refetchInterval: lookAgainMs,
  });
}
