/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Criteria as the API has them, and as react-querybuilder edits them.
 *
 * A group there has one of four ways to join its conditions, because "not" on top of "and" and "or" is what people get
 * wrong: all of them, at least one, none, not all. */
import type { RuleGroupType, RuleType } from "react-querybuilder";
import { criterionOf, leafOf, missingOf, type Catalog, type Leaf, type Members, type Tree } from "./catalog";

export const joins = ["and", "or", "none", "not_all"] as const;
export type Join = (typeof joins)[number];
export type Rule = RuleType<string, string, Members>;
export type Group = RuleGroupType<Rule>;

/* The field of a condition of which nothing is chosen yet. */
export const unchosen = "~";

export function isLeaf(node: Tree): node is Leaf {
  return node.criterion !== undefined && node.op !== undefined;
}

export function joinOf(combinator: string | undefined): Join {
  return joins.find((join) => join === combinator) ?? "and";
}

export function isGroup(node: Group | Rule): node is Group {
  return "rules" in node;
}

/* --- to be edited */

function ruleOf({ criterion, op, ...members }: Leaf): Rule {
  return { field: criterion, operator: op, value: members };
}

function groupOf(join: Join, nodes: readonly Tree[]): Group {
  return { combinator: join, rules: nodes.map((node) => (isLeaf(node) ? ruleOf(node) : fromTree(node))) };
}

function denied(node: Tree): Group {
  if (node.or !== undefined) return groupOf("none", node.or);
  if (node.and !== undefined) return groupOf("not_all", node.and);
  return groupOf("none", [node]);
}

export function fromTree(tree: Tree): Group {
  if (tree.not !== undefined) return denied(tree.not);
  if (tree.or !== undefined) return groupOf("or", tree.or);
  return groupOf("and", tree.and ?? [tree]);
}

/* A list that is begun: one condition, nothing chosen. */
export function emptyGroup(): Group {
  return { combinator: "and", rules: [{ field: unchosen, operator: unchosen, value: {} }] };
}

/* --- to be asked and stored */

/* What is not yet whole is left out; null when nothing remains. */
function nodeOf(node: Group | Rule, catalog: Catalog): Tree | null {
  if (isGroup(node)) return toTree(node, catalog);
  const criterion = criterionOf(catalog, node.field);
  if (criterion === undefined || missingOf(criterion, node.operator, node.value) !== undefined) return null;
  return leafOf(criterion, node.operator, node.value);
}

export function toTree(group: Group, catalog: Catalog): Tree | null {
  const nodes = group.rules.map((rule) => nodeOf(rule, catalog)).filter((node) => node !== null);
  const [only] = nodes;
  if (only === undefined) return null;
  switch (joinOf(group.combinator)) {
    case "and":
      return nodes.length === 1 ? only : { and: nodes };
    case "or":
      return nodes.length === 1 ? only : { or: nodes };
    case "none":
      return { not: nodes.length === 1 ? only : { or: nodes } };
    case "not_all":
      return { not: nodes.length === 1 ? only : { and: nodes } };
  }
}

/* How many conditions are not whole; one of which nothing is chosen counts, too. */
export function unfinished(group: Group, catalog: Catalog): number {
  return group.rules.reduce((sum, rule) => sum + (isGroup(rule) ? unfinished(rule, catalog) : Number(nodeOf(rule, catalog) === null)), 0);
}
