/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

/* Reached from the start page and from the table of campaigns: no place in the menu. */
export const page: PageSpec = {
  path: ["/campaigns/new", "/campaigns/:id/edit"],
  right: "campaigns.edit",
  view: lazyPage(() => import("./CampaignEditPage")),
};
