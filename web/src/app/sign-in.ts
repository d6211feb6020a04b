/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { lazyPage } from "./page-spec";

/* The door's code comes only to who stands before it. */
export const signIn = lazyPage(() => import("./SignIn"));
