/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Fields as people look for them: by what they are about. */
import type { Placeholder } from "./queries";

export const fieldGroups = ["person", "place", "loyalty", "money", "own"] as const;
export type FieldGroup = (typeof fieldGroups)[number];

const groupOf: Partial<Record<string, FieldGroup>> = {
  city: "place",
  region: "place",
  branch: "place",
  manager: "place",
  time_zone: "place",
  status: "loyalty",
  segment: "loyalty",
  loyalty_tier: "loyalty",
  points: "loyalty",
  tags: "loyalty",
  registered_on: "loyalty",
  balance: "money",
  debt: "money",
  contract_number: "money",
  contract_from: "money",
  contract_to: "money",
};

export interface GroupedFields {
  group: FieldGroup;
  fields: readonly Placeholder[];
}

/* Groups in which there is something; attributes and columns of the list are the company's own. */
export function groupFields(placeholders: readonly Placeholder[]): GroupedFields[] {
  const of = ({ kind, name }: Placeholder) => (kind === "field" ? (groupOf[name] ?? "person") : "own");
  return fieldGroups.map((group) => ({ group, fields: placeholders.filter((field) => of(field) === group) })).filter(({ fields }) => fields.length > 0);
}
