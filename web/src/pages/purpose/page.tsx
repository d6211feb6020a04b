/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: ["/purposes/new", "/purposes/:code"],
  right: "consents.read",
  view: lazyPage(() => import("./PurposePage")),
};
