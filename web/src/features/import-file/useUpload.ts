/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Id } from "@/api/types";
import { useMe } from "@/shared/hooks/useMe";
import { uploads } from "./browser-uploads";
import type { BegunUpload, ImportPlan, Upload } from "./uploads";

/* The upload of an import, when it happens or happened in this window. */
export function useUpload(importId: Id): Upload | undefined {
  const me = useMe();
  return useSyncExternalStore(uploads.subscribe, () => uploads.get(importId, me.id));
}

/* Sends the file of an import that waits for it. */
export function useSend(): (upload: BegunUpload) => void {
  const queryClient = useQueryClient();
  return (upload) => {
    // Clients, lists, names for texts and their counts: all may be others afterwards.
    void uploads.start(upload).then(() => queryClient.invalidateQueries());
  };
}

export interface StartImport {
  file: File;
  plan: ImportPlan;
  /* About how many rows it has. */
  rows: number;
}

/* Says what is to be done with a file, begins to send it and goes to its page. */
export function useStartImport() {
  const me = useMe();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const send = useSend();
  return useMutation({
    mutationFn: ({ plan }: StartImport) => api.post("/v1/imports/plan", { body: plan }),
    onSuccess: (planned, start) => {
      queryClient.setQueryData(keys.import(planned.id), planned);
      send({ ...start, importId: planned.id, personId: me.id });
      // "Back" leads to the table, not to a form that has been sent.
      void navigate(`/imports/${planned.id}`, { replace: true });
    },
  });
}

/* Gives up an import that waits or runs; nothing of it is stored. */
export function useCancelImport(importId: Id) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.post("/v1/imports/{id}/cancel", { path: { id: importId } }),
    onSuccess: (cancelled) => queryClient.setQueryData(keys.import(importId), cancelled),
    onSettled: () => {
      // Without an answer as well: apid forgets what breaks off.
      uploads.stop(importId);
      return queryClient.invalidateQueries({ queryKey: keys.imports });
    },
  });
}
