/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = { path: ["/lists/new", "/lists/:id"], right: "clients.read", view: lazyPage(() => import("./ListPage")) };
