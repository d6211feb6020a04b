/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a page tells the shell about itself. Each folder of src/pages has a page.tsx that exports one as
 * `page`; nothing else has to know of it. */
import type { QueryClient } from "@tanstack/react-query";
import { lazy, useState, type ComponentType } from "react";
import type { Right } from "@/api/types";

export interface PageModule {
  default: ComponentType;
  /* Asks for what the page will show before it is drawn; its queries find the answers under way. */
  prepare?: (queryClient: QueryClient) => Promise<unknown>;
}

export interface LazyPage {
  Component: ComponentType;
  /* Fetches the page's code before it is asked for; resolves when that has come or failed. */
  preload: () => Promise<void>;
  /* Of a page whose code is there; resolves when all has come. */
  prepare: (queryClient: QueryClient) => Promise<unknown>;
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
export function lazyPage(load: () => Promise<PageModule>): LazyPage {
  let loading: Promise<PageModule> | undefined;
  let loaded: PageModule | undefined;
  const once = () => {
    loading ??= load().then(
      (module) => (loaded = module),
      (error: unknown) => {
        // Tried again the next time: the network may be back.
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
  const Lazy = lazy(once);
  /* What is there is drawn at once. A lazy component would show a skeleton first, and React keeps one for a third of
   * a second so that nothing flickers. */
  function Component() {
    const [View] = useState(() => loaded?.default ?? Lazy);
    return <View />;
  }
  return {
    Component,
    preload: () =>
      once().then(
        () => undefined,
        () => undefined,
      ),
    prepare: (queryClient) => loaded?.prepare?.(queryClient) ?? Promise.resolve(),
  };
}
