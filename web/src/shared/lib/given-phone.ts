/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { handOver } from "./hand-over";

/* A number typed in a search box, on its way to /messages. */
export const { give: givePhone, take: takePhones } = handOver();
