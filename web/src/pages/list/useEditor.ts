/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A list as it is being edited: its name, its conditions, and whether they differ from what is stored. */
import { useState } from "react";
import type { Catalog, Tree } from "./catalog";
import { emptyGroup, fromTree, toTree, unfinished, type Group } from "./tree";

export interface Editor {
  name: string;
  setName: (name: string) => void;
  group: Group;
  setGroup: (group: Group) => void;
  /* Of the whole conditions; null: there are none. */
  tree: Tree | null;
  unfinished: number;
  isChanged: boolean;
}

export function useEditor(catalog: Catalog, stored: { name: string; criteria: Tree } | null): Editor {
  const [name, setName] = useState(stored?.name ?? "");
  const [group, setGroup] = useState<Group>(() => (stored === null ? emptyGroup() : fromTree(stored.criteria)));
  const tree = toTree(group, catalog);
  const storedTree = stored === null ? null : toTree(fromTree(stored.criteria), catalog);
  return {
    name,
    setName,
    group,
    setGroup,
    tree,
    unfinished: unfinished(group, catalog),
    isChanged: name.trim() !== (stored?.name ?? "") || JSON.stringify(tree) !== JSON.stringify(storedTree),
  };
}
