/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { api, type Answer } from "@/api/client";
import type { Client } from "@/api/types";
import { isFixed } from "@/shared/lib/phone";
import type { Query } from "./query";

export type ClientPage = Answer<"/v1/clients/search", "post">;

interface Wanted {
  /* Null finds everybody. */
  query: Query | null;
  listId?: string | undefined;
  cursor?: string | undefined;
  limit?: number;
}

const none: ClientPage = { clients: [], next_cursor: null };

/* Who has this very number or code; no client has a fixed number. One question may be refused (a number that takes no SMS) while the other
 * finds somebody; a refusal counts when nobody was found. */
async function exactly({ phone, code }: Query, rest: object, signal: AbortSignal): Promise<Client[]> {
  const bodies = [...(phone === null || isFixed(phone) ? [] : [{ phone }]), ...(code === null ? [] : [{ external_id: code }])];
  const answers = await Promise.allSettled(bodies.map((body) => api.post("/v1/clients/search", { body: { ...body, ...rest }, signal })));
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value.clients : []));
  const refused = answers.find((answer) => answer.status === "rejected");
  if (found.length === 0 && refused !== undefined) throw refused.reason;
  return found;
}

/* One page of clients: those with the number or code first, then those whose name begins so. */
export async function findClients({ query, listId, cursor, limit = 50 }: Wanted, signal: AbortSignal): Promise<ClientPage> {
  const rest = { limit, ...(listId === undefined ? {} : { list_id: listId }) };
  const page = (name: object) => api.post("/v1/clients/search", { body: { ...name, ...rest, ...(cursor === undefined ? {} : { cursor }) }, signal });
  if (query === null) return page({});
  const [exact, named] = await Promise.all([
    cursor === undefined ? exactly(query, rest, signal) : [],
    query.name === null ? none : page({ name: query.name }),
  ]);
  const ids = new Set(exact.map(({ id }) => id));
  return { clients: [...exact, ...named.clients.filter(({ id }) => !ids.has(id))], next_cursor: named.next_cursor };
}
