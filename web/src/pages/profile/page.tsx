/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage, type PageSpec } from "@/app/page-spec";

/* Reached from the header: no place in the menu. */
export const page: PageSpec = { path: "/profile", view: lazyPage(() => import("./ProfilePage")) };
