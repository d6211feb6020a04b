/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the table shows. It stands in the address, so that "back" finds it again: a campaign's name is no
 * personal data. A phone typed there by mistake is, and goes neither into the address nor to the server. */
import type { CampaignStatus } from "@/api/types";
import { readPhone } from "@/shared/lib/phone";

export const statuses = ["draft", "planned", "running", "paused", "finished", "cancelled", "failed"] as const satisfies readonly CampaignStatus[];

export interface Filter {
  status: CampaignStatus | null;
  /* Part of the name. */
  query: string;
}

export function isStatus(text: string | null): text is CampaignStatus {
  return statuses.some((status) => status === text);
}

export function isPhone(query: string): boolean {
  return readPhone(query) !== null;
}

export function readFilter(address: URLSearchParams): Filter {
  const status = address.get("status");
  return { status: isStatus(status) ? status : null, query: address.get("query") ?? "" };
}

export function writeFilter({ status, query }: Filter): URLSearchParams {
  const address = new URLSearchParams();
  if (status !== null) address.set("status", status);
  if (query !== "" && !isPhone(query)) address.set("query", query);
  return address;
}
