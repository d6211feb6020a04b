/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

/* Reached from the table and the start page: no place in the menu. */
export const page: PageSpec = { path: "/campaigns/:id", right: "campaigns.read", view: lazyPage(() => import("./CampaignPage")) };
