/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A condition as a form has it, and as a text has it. */
import { isOrdered } from "./filters";
import type { Placeholder } from "./queries";

export type RelationWord = "has" | "eq" | "ne" | "lt" | "le" | "gt" | "ge";

export interface Wish {
  field: Placeholder | null;
  relation: RelationWord;
  operand: string;
  then: string;
  otherwise: string;
}

const signs: Record<Exclude<RelationWord, "has">, string> = { eq: "=", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" };

/* Numbers and dates are less or greater; an attribute that a file made is a text and may be either. */
export function relationsFor(type: Placeholder["type"], isAttribute: boolean): RelationWord[] {
  const isOrderable = type === "date" || type === "number" || (type === "text" && isAttribute);
  return isOrderable ? ["has", "eq", "ne", "ge", "gt", "le", "lt"] : ["has", "eq", "ne"];
}

export const asksForValue = (relation: RelationWord): boolean => relation !== "has";

export function isComplete({ field, relation, operand, then, otherwise }: Wish): boolean {
  if (field === null || (then === "" && otherwise === "")) return false;
  if (relation === "has") return true;
  const value = operand.trim();
  return value !== "" && !/["{}]/.test(value) && (relation === "eq" || relation === "ne" || isOrdered(value));
}

/* Braces that were typed into the texts are placeholders, as in the text around them. */
export function conditionText({ field, relation, operand, then, otherwise }: Wish): string {
  const comparison = relation === "has" ? "" : ` ${signs[relation]} "${operand.trim()}"`;
  return `{if ${field?.name ?? ""}${comparison}}${then}${otherwise === "" ? "" : `{else}${otherwise}`}{end}`;
}
