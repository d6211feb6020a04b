/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A tree of conditions as lines to read: "not" and what it denies are one line. Paths are those of POST
 * /v1/criteria/why. */
import type { Leaf, Tree } from "./catalog";
import { isLeaf, type Join } from "./tree";

export interface Line {
  path: string;
  /* Null: a group. */
  leaf: Leaf | null;
  join: Join;
  lines: Line[];
}

function groupLine(path: string, join: Join, nodes: readonly Tree[], inner: string): Line {
  return { path, leaf: null, join, lines: nodes.map((node, i) => linesOf(node, `${inner}[${i}]`)) };
}

function deniedLine(node: Tree, path: string): Line {
  const inner = `${path}.not`;
  if (node.or !== undefined) return groupLine(path, "none", node.or, `${inner}.or`);
  if (node.and !== undefined) return groupLine(path, "not_all", node.and, `${inner}.and`);
  return { path, leaf: null, join: "none", lines: [linesOf(node, inner)] };
}

export function linesOf(tree: Tree, path = "criteria"): Line {
  if (tree.not !== undefined) return deniedLine(tree.not, path);
  if (tree.and !== undefined) return groupLine(path, "and", tree.and, `${path}.and`);
  if (tree.or !== undefined) return groupLine(path, "or", tree.or, `${path}.or`);
  return { path, leaf: isLeaf(tree) ? tree : null, join: "and", lines: [] };
}
