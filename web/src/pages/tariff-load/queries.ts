/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { urlOf } from "@/api/client";
import { keys } from "@/api/keys";
import { postFile } from "@/api/post-file";
import type { Tariff } from "@/api/types";
import { mediaTypeOf } from "@/features/delivery-words/sheet";
import { queryOf, type Draft, type Preview } from "./draft";

function send<T>(path: string, draft: Draft, more: Record<string, string> = {}): Promise<T> {
  if (draft.file === null) throw new Error("no file");
  return postFile<T>(urlOf(path, { query: { ...queryOf(draft), ...more } }), draft.file, mediaTypeOf(draft.file.name));
}

/* What the file would change; nothing is stored. */
export function useCompare() {
  return useMutation({ mutationFn: (draft: Draft) => send<Preview>("/v1/tariffs/preview", draft) });
}

/* Puts it into force, unless something else is than what it was compared with. */
export function useApply(onDone: (tariff: Tariff) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ draft, against }: { draft: Draft; against: string }) => send<Tariff>("/v1/tariffs", draft, { against }),
    onSuccess: (tariff) => {
      void queryClient.invalidateQueries({ queryKey: keys.tariffs });
      onDone(tariff);
    },
  });
}
