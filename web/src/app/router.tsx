/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Addresses from the pages found. */
import { Suspense } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";
import { ApiProblem } from "@/api/problem";
import { useMe } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Layout } from "./Layout";
import { RouteError } from "./RouteError";
import { mayOpen, pages, type FoundPage } from "./pages";

function Guarded({ page }: { page: FoundPage }) {
  const me = useMe();
  if (!mayOpen(page, me)) return <ErrorView error={new ApiProblem({ status: 403, kind: "forbidden" })} />;
  return (
    <Suspense fallback={<PageSkeleton />}>
      <page.view.Component />
    </Suspense>
  );
}

function NotFound() {
  return <ErrorView error={new ApiProblem({ status: 404, kind: "not-found" })} />;
}

function routesOf(page: FoundPage): RouteObject[] {
  return page.paths.map((path) => ({ path, element: <Guarded page={page} />, errorElement: <RouteError /> }));
}

export const router = createBrowserRouter([
  { element: <Layout />, errorElement: <RouteError />, children: [...pages.flatMap(routesOf), { path: "*", element: <NotFound /> }] },
]);
