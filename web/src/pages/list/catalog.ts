/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What lists can be made of, as GET /v1/criteria tells it, and what one condition has to say. */
import type { Answer } from "@/api/client";
import type { components } from "@/api/schema";

export type Catalog = Answer<"/v1/criteria", "get">;
export type Criterion = Catalog["criteria"][number];
/* A condition or a group of them, as the API has it. */
export type Tree = components["schemas"]["Criteria"];
/* What a condition says beside its criterion and its operator. */
export type Members = Omit<Tree, "and" | "or" | "not" | "criterion" | "op">;
export type Member = keyof Members;

export interface Leaf extends Members {
  criterion: string;
  op: string;
}

/* What an operator compares with. */
export type Operand = "none" | "values" | "value" | "range" | "days";

const operands: Partial<Record<string, Operand>> = {
  empty: "none",
  filled: "none",
  is: "none",
  is_not: "none",
  in: "values",
  not_in: "values",
  any: "values",
  all: "values",
  none: "values",
  between: "range",
  last_days: "days",
  next_days: "days",
  older_days: "days",
};

export function operandOf(op: string): Operand {
  return operands[op] ?? "value";
}

const ofOperand: Record<Operand, readonly Member[]> = { none: [], values: ["values"], value: ["value"], range: ["from", "to"], days: ["days"] };
const ofPeriod: readonly Member[] = ["within", "since", "until"];

/* The members that a condition may have; what else was set before is forgotten. */
function membersOf({ takes }: Criterion, op: string): readonly Member[] {
  return [...takes.flatMap((take) => (take === "period" ? ofPeriod : [take])), ...ofOperand[operandOf(op)]];
}

function isSaid(value: Members[Member]): boolean {
  return value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
}

/* The condition as the API takes it. */
export function leafOf(criterion: Criterion, op: string, members: Members): Leaf {
  const said = membersOf(criterion, op).filter((member) => isSaid(members[member]));
  return { criterion: criterion.code, op, ...Object.fromEntries(said.map((member) => [member, members[member]])) };
}

/* What a condition may leave out. */
const optional: ReadonlySet<Member> = new Set<Member>(["category", "within", "since", "until", "seed"]);

/* What is still to be said before a condition means something; undefined: nothing. */
export function missingOf(criterion: Criterion, op: string, members: Members): Member | undefined {
  const isNeeded = (member: Member) => !optional.has(member) || (member === "within" && criterion.takes.includes("within"));
  return membersOf(criterion, op).find((member) => isNeeded(member) && !isSaid(members[member]));
}

export function criterionOf(catalog: Catalog, code: string): Criterion | undefined {
  return catalog.criteria.find((criterion) => criterion.code === code);
}

/* What a new condition says at first: the period that must be said. */
export function firstMembers(criterion: Criterion | undefined): Members {
  return criterion?.takes.includes("within") === true ? { within: 90 } : {};
}

/* Attributes that a criterion is about: attribute_number takes those of the type number. */
export function attributesFor(catalog: Catalog, { code }: Criterion): readonly string[] {
  return catalog.attributes.filter(({ type }) => code === `attribute_${type}`).map(({ name }) => name);
}
