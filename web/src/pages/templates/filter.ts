/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the table shows; it stands in the address. A phone typed as a name does not: it would be personal data. */
import { readPhone } from "@/shared/lib/phone";
import type { Answer } from "@/api/client";

export type Template = Answer<"/v1/templates", "get">["templates"][number];
export type Category = Template["category"];

export const categories = ["advertising", "service", "transactional", "debt", "emergency", "authorisation"] as const satisfies readonly Category[];

export interface Filter {
  category: Category | null;
  /* Part of the name. */
  query: string;
}

export function isCategory(text: string | null): text is Category {
  return categories.some((category) => category === text);
}

export function readFilter(address: URLSearchParams): Filter {
  const category = address.get("category");
  return { category: isCategory(category) ? category : null, query: address.get("query") ?? "" };
}

export function writeFilter({ category, query }: Filter): URLSearchParams {
  const address = new URLSearchParams();
  if (category !== null) address.set("category", category);
  if (query !== "" && readPhone(query) === null) address.set("query", query);
  return address;
}
