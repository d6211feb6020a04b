/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: ["/delivery/accounts/new", "/delivery/accounts/:id/edit"],
  right: "accounts.edit",
  view: lazyPage(() => import("./AccountEditPage")),
};
