/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the header's search offers for what is typed: messages to a number, sections, clients, campaigns, within
 * the person's rights. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Campaign, Client } from "@/api/types";
import { clientName } from "@/features/client-name/name";
import { findClients } from "@/features/search/findClients";
import { giveQuery } from "@/features/search/given-query";
import { readQuery, type Query } from "@/features/search/query";
import { named } from "@/features/search/words";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { useMe, useRight } from "@/shared/hooks/useMe";
import { formatPhone } from "@/shared/lib/format";
import { givePhone } from "@/shared/lib/given-phone";
import { useMenuTitle } from "./menu-title";
import { menuFor } from "./pages";

export interface Option {
  /* Unique, and good in an id of the document. */
  key: string;
  label: string;
  note?: string;
  to: string;
  /* Hands over what may not stand in the address. */
  before?: () => void;
}

export interface OptionGroup {
  name: "messages" | "places" | "clients" | "campaigns";
  options: Option[];
}

const settleMs = 250;
const clientsShown = 5;
const campaignsShown = 5;
/* Two years of two campaigns a week. They are compared here: a search by apid would put what is typed, perhaps a
 * client's name, into an address. */
const campaignsKnown = 200;

function useMessages({ phone }: Query): Option[] {
  const { t } = useTranslation("search");
  if (!useRight("messages.read") || phone === null) return [];
  return [{ key: "messages", label: t("messages_to", { phone: formatPhone(phone) }), to: "/messages", before: () => givePhone(phone) }];
}

function usePlaces(typed: string): Option[] {
  const { t } = useTranslation("search");
  const me = useMe();
  const title = useMenuTitle();
  const mayWrite = useRight("campaigns.edit");
  const places: Option[] = [
    ...menuFor(me).map((page) => ({ key: page.name, label: title(page), to: page.paths[0] ?? "/" })),
    ...(mayWrite ? [{ key: "new-campaign", label: t("new_campaign"), to: "/campaigns/new" }] : []),
    { key: "profile", label: t("layout.profile", { ns: "common" }), to: "/profile" },
  ];
  return places.filter(({ label }) => named(label, typed)).map((place) => ({ ...place, key: `place-${place.key}` }));
}

/* Undefined while they are on their way. */
function useFoundClients(query: Query): Client[] | undefined {
  const mayRead = useRight("clients.read");
  const isAsked = mayRead && [query.phone, query.code, query.name].some((part) => part !== null);
  const { data, isPending } = useQuery({
    queryKey: [...keys.clients, "suggested", query],
    queryFn: async ({ signal }) => (await findClients({ query, limit: clientsShown }, signal)).clients.slice(0, clientsShown),
    enabled: isAsked,
    placeholderData: keepPreviousData,
    // What went wrong is told by the page of clients, which is one of the options.
    retry: false,
  });
  return isAsked && isPending ? undefined : isAsked ? (data ?? []) : [];
}

function useClientOptions(clients: Client[]): Option[] {
  const { t } = useTranslation("search");
  return clients.map((client) => {
    const name = clientName(client);
    return { key: `client-${client.id}`, label: name === "" ? t("unnamed") : name, note: client.phone === null ? "" : formatPhone(client.phone), to: `/clients/${client.id}` };
  });
}

function useCampaigns(typed: string): Campaign[] {
  const mayRead = useRight("campaigns.read");
  const { data } = useQuery({
    queryKey: [...keys.campaigns, "newest", campaignsKnown],
    queryFn: async ({ signal }) => (await api.get("/v1/campaigns", { query: { limit: campaignsKnown }, signal })).campaigns,
    enabled: mayRead && typed.trim() !== "",
    staleTime: 60_000,
  });
  return (mayRead ? (data ?? []) : []).filter(({ name }) => named(name, typed)).slice(0, campaignsShown);
}

function useCampaignOptions(typed: string): Option[] {
  const { t } = useTranslation();
  return useCampaigns(typed).map(({ id, name, status }) => ({
    key: `campaign-${id}`,
    label: name,
    note: t(`campaign_status.${status}`),
    to: status === "draft" ? `/campaigns/${id}/edit` : `/campaigns/${id}`,
  }));
}

/* `typed` is not empty. */
export function useSearchOptions(typed: string): { groups: OptionGroup[]; isLooking: boolean } {
  const { t } = useTranslation("search");
  const now = readQuery(typed) ?? { kind: "name", phone: null, code: null, name: null };
  const settled = readQuery(useDebounced(typed, settleMs)) ?? now;
  const messages = useMessages(now);
  const places = usePlaces(typed);
  const campaigns = useCampaignOptions(typed);
  const found = useFoundClients(settled);
  const clients = useClientOptions(found ?? []);
  const mayReadClients = useRight("clients.read");

  // The way to the page of clients: while it is not known who will be found, with those who are, and when there is
  // nothing else.
  const isAllOffered = mayReadClients && (found === undefined || found.length > 0 || messages.length + places.length + campaigns.length === 0);
  const all: Option = { key: "all-clients", label: t("all_clients", { typed: typed.trim() }), to: "/clients", before: () => giveQuery(typed.trim()) };

  const groups: OptionGroup[] = [
    { name: "messages", options: messages },
    { name: "places", options: places },
    { name: "clients", options: isAllOffered ? [...clients, all] : clients },
    { name: "campaigns", options: campaigns },
  ];
  return { groups: groups.filter(({ options }) => options.length > 0), isLooking: found === undefined };
}
