/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: ["/delivery/providers/new", "/delivery/providers/:id/edit"],
  right: "accounts.edit",
  view: lazyPage(() => import("./ProviderEditPage")),
};
