/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = { path: "/delivery/invoices", right: "tariffs.read", view: lazyPage(() => import("./InvoicesPage")) };
