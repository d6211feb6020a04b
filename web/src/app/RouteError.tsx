/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useRouteError } from "react-router";
import { ErrorView } from "@/shared/ui/ErrorView";

/* A page that threw. The rest of the window goes on. */
export function RouteError() {
  return <ErrorView error={useRouteError()} onAgain={() => location.reload()} />;
}
