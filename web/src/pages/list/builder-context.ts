/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What every part of the editor of conditions needs; react-querybuilder draws them and cannot hand it down. */
import { createContext, use } from "react";
import type { Catalog } from "./catalog";
import type { ListRow } from "./queries";

export interface BuilderData {
  catalog: Catalog;
  /* Those that may be named in a condition. */
  lists: readonly ListRow[];
  /* The person has added something: what is new takes the cursor. */
  hasAdded: boolean;
  onAdd: () => void;
}

export const BuilderContext = createContext<BuilderData | null>(null);

export function useBuilder(): BuilderData {
  const data = use(BuilderContext);
  if (data === null) throw new Error("a condition is drawn outside the editor");
  return data;
}
