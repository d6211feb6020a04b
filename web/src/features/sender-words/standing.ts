/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { SenderRegistration } from "@/api/types";

/* What the operator said, and, of what is active, whether its days are now. */
export type Standing = SenderRegistration["state"] | "lapsed";

export function standingOf({ state, holds }: Pick<SenderRegistration, "state" | "holds">): Standing {
  return state === "active" && !holds ? "lapsed" : state;
}
