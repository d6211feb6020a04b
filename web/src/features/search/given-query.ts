/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { handOver } from "@/shared/lib/hand-over";

/* A name, code or number typed in the header, on its way to /clients. */
export const { give: giveQuery, take: takeQueries } = handOver();
