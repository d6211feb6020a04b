/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = { path: "/sources/:id", right: "sources.edit", view: lazyPage(() => import("./SourcePage")) };
