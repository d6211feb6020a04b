/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { Client } from "@/api/types";

type Named = Pick<Client, "last_name" | "first_name" | "middle_name" | "external_id">;

/* Last, first and middle name; else the code, as apid calls a client in its lists. Empty when neither is known. */
export function clientName({ last_name, first_name, middle_name, external_id }: Named): string {
  const name = [last_name, first_name, middle_name].filter((part) => part !== null && part.trim() !== "").join(" ");
  return name === "" ? (external_id ?? "") : name;
}
