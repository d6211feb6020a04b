/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { watchProgress } from "@/api/stream";

/* Progress of a campaign as it happens. `enabled` false (a draft, one that is over) asks once and watches
 * nothing. */
export function useProgressStream(id: string, enabled: boolean) {
  const queryClient = useQueryClient();
  const [live, setLive] = useState(false);
  const query = useQuery({
    queryKey: keys.progress(id),
    queryFn: ({ signal }) => api.get("/v1/campaigns/{id}/progress", { path: { id }, signal }),
  });

  useEffect(() => {
    if (!enabled) return;
    return watchProgress(id, {
      onProgress: (progress) => queryClient.setQueryData(keys.progress(id), progress),
      onLive: setLive,
      onGap: () => void queryClient.invalidateQueries({ queryKey: keys.progress(id) }),
    });
  }, [id, enabled, queryClient]);

  return { ...query, live };
}
