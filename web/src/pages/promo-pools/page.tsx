/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

/* Reached from the templates, which put the codes in: no place in the menu. */
export const page: PageSpec = { path: "/templates/promo", right: "templates.read", view: lazyPage(() => import("./PromoPoolsPage")) };
