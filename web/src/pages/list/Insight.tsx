/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who the conditions mean: some of them by name, why one is among them, how all are made up. */
import { useMemo } from "react";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { Breakdowns } from "./Breakdowns";
import type { Catalog, Tree } from "./catalog";
import { CheckClient } from "./CheckClient";
import { Preview } from "./Preview";
import type { ListRow } from "./queries";

const typingMs = 600;

interface InsightProps {
  tree: Tree | null;
  catalog: Catalog;
  lists: readonly ListRow[];
  /* From a file: there is nothing to explain. */
  isFixed?: boolean;
}

export function Insight({ tree, catalog, lists, isFixed = false }: InsightProps) {
  const asked = useDebounced(tree === null ? null : JSON.stringify(tree), typingMs);
  const settled = useMemo(() => (asked === null ? null : (JSON.parse(asked) as Tree)), [asked]);
  if (settled === null) return null;
  const reason = { catalog, lists, tree: settled };
  return (
    <>
      <Breakdowns tree={settled} />
      <Preview reason={reason} isFixed={isFixed} />
      {!isFixed && <CheckClient reason={reason} />}
    </>
  );
}
