/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A chosen file, looked at: its beginning as apid understands it, and the list it is proposed for. */
import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { readHead, type Trouble } from "./head";
import { importOfBadRows, proposeListName } from "./list-name";
import type { Preview } from "./mapping";

export interface ListName {
  name: string;
  size: number;
}

export interface Look {
  file: File;
  whole: boolean;
  lists: readonly ListName[];
  proposedList: string;
  preview: Preview;
}

export class FileTrouble extends Error {
  constructor(readonly kind: Trouble | "header_only") {
    super(kind);
  }
}

const listsMax = 200;

/* Without them a list is proposed by the file's name alone: no reason to refuse the file. */
async function loadLists(queryClient: QueryClient): Promise<readonly ListName[]> {
  try {
    const query = { queryKey: [...keys.lists, "names"], queryFn: () => api.get("/v1/lists", { query: { limit: listsMax } }) };
    return (await queryClient.query(query)).lists;
  } catch {
    return [];
  }
}

/* Corrected rows belong where the others went. */
async function listOfImport(id: string): Promise<string> {
  try {
    return (await api.get("/v1/imports/{id}", { path: { id } })).list_name ?? "";
  } catch {
    return "";
  }
}

async function look(file: File, queryClient: QueryClient): Promise<Look> {
  const head = await readHead(file);
  if (head.trouble !== null) throw new FileTrouble(head.trouble);
  const [preview, lists] = await Promise.all([api.post("/v1/imports/preview", { body: head.blob }), loadLists(queryClient)]);
  if (preview.rows_seen === 0) throw new FileTrouble("header_only");
  const corrected = importOfBadRows(file.name);
  const names = lists.map(({ name }) => name);
  const proposedList = corrected === null ? proposeListName(file.name, names) : await listOfImport(corrected);
  return { file, whole: head.whole, lists, proposedList, preview };
}

export function useLook() {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn: (file: File) => look(file, queryClient) });
}
