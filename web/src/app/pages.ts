/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages: every src/pages/<name>/page.tsx. */
import type { Me } from "@/api/types";
import { byFolder } from "@/i18n/folders";
import type { LazyPage, PageSpec } from "./page-spec";

export interface FoundPage extends PageSpec {
  /* Its folder, which is the namespace of its translations. */
  name: string;
  paths: readonly string[];
}

const modules = byFolder(import.meta.glob<PageSpec>("../pages/*/page.tsx", { eager: true, import: "page" }));

export const pages: readonly FoundPage[] = Object.entries(modules).map(([name, spec]) => ({
  ...spec,
  name,
  paths: typeof spec.path === "string" ? [spec.path] : spec.path,
}));

export type MenuPage = FoundPage & { menu: NonNullable<PageSpec["menu"]> };

export function mayOpen(page: PageSpec, me: Pick<Me, "rights">): boolean {
  return page.right === undefined || me.rights.includes(page.right);
}

export function menuFor(me: Pick<Me, "rights">, all: readonly FoundPage[] = pages): MenuPage[] {
  return all
    .filter((page): page is MenuPage => page.menu !== undefined && mayOpen(page, me))
    .sort((a, b) => a.menu.order - b.menu.order);
}

/* "/campaigns/:id" answers for "/campaigns/17". */
export function answersFor(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(":") || part === given[i]);
}

export function pageFor(path: string): FoundPage | undefined {
  const [plain = path] = path.split(/[?#]/);
  return pages.find((page) => page.paths.some((pattern) => answersFor(pattern, plain)));
}

/* The page's code, fetched before the click. */
export function preloadFor(path: string): void {
  void pageFor(path)?.view.preload();
}

/* When the first page has long been there. */
const idleMs = 3000;
const betweenMs = 150;

/* All other pages' code, one after another while nothing else is to do. */
export function preloadWhenIdle(views: readonly Pick<LazyPage, "preload">[] = pages.map((page) => page.view)): () => void {
  const rest = [...views];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const next = () => {
    void rest.shift()?.preload();
    if (rest.length > 0) timer = setTimeout(next, betweenMs);
  };
  timer = setTimeout(next, idleMs);
  return () => clearTimeout(timer);
}
