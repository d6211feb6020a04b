/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The fields of a client that have a value, in the groups people look for them. */
import type { Client } from "@/api/types";

export type ProfileKind = "text" | "sex" | "day" | "number" | "money";

const groups = [
  { sex: "sex", birthday: "day", language: "text", time_zone: "text" },
  { region: "text", city: "text", branch: "text" },
  { status: "text", segment: "text", manager: "text", registered_on: "day" },
  { contract_number: "text", contract_from: "day", contract_to: "day" },
  { loyalty_tier: "text", points: "number", balance: "money", debt: "money" },
] as const satisfies readonly Partial<Record<keyof Client, ProfileKind>>[];

type KeysOf<T> = T extends unknown ? keyof T : never;
type ProfileField = KeysOf<(typeof groups)[number]>;
type Known = Pick<Client, ProfileField>;

export interface ProfileFact {
  field: ProfileField;
  kind: ProfileKind;
  value: string;
}

function factsOf(client: Known, group: Partial<Record<ProfileField, ProfileKind>>): ProfileFact[] {
  const fields = Object.entries(group) as [ProfileField, ProfileKind][];
  return fields.flatMap(([field, kind]) => {
    const value = client[field];
    return value === null || value === "" ? [] : [{ field, kind, value }];
  });
}

export function profileOf(client: Known): ProfileFact[][] {
  return groups.map((group) => factsOf(client, group)).filter(({ length }) => length > 0);
}
