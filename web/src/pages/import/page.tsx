/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = { path: "/imports/:id", right: "clients.read", view: lazyPage(() => import("./ImportPage")) };
