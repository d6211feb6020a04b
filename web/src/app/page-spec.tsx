/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a page tells the shell about itself. Each folder of src/pages has a page.tsx that exports one as
 * `page`; nothing else has to know of it. */
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import type { Right } from "@/api/types";

export interface LazyPage {
  Component: LazyExoticComponent<ComponentType>;
  /* Fetches the page's code before it is asked for. */
  preload: () => void;
}

export interface PageSpec {
  /* Several when one page answers at several addresses. */
  path: string | readonly string[];
  /* Its place in the menu, if it has one; the word is `menu` in the page's translations. */
  menu?: { order: number; icon: ComponentType };
  /* Which right of Me.rights it takes to see the page. */
  right?: Right;
  view: LazyPage;
}

/* lazyPage(() => import("./StartPage")), where the module exports its component as `default`. */
export function lazyPage(load: () => Promise<{ default: ComponentType }>): LazyPage {
  let loading: Promise<{ default: ComponentType }> | undefined;
  const once = () => {
    loading ??= load().catch((error: unknown) => {
      // Tried again the next time: the network may be back.
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    Component: lazy(once),
    preload: () => void once().catch(() => undefined),
  };
}
