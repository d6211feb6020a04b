/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = { path: ["/templates/new", "/templates/:id"], right: "templates.read", view: lazyPage(() => import("./TemplatePage")) };
