/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The editor of conditions: react-querybuilder holds the tree and changes it, what is drawn is ours. */
import { useMemo, useState } from "react";
import { QueryBuilder, type FullCombinator, type FullField, type FullOperator } from "react-querybuilder";
import { useTranslation } from "react-i18next";
import { BuilderContext } from "./builder-context";
import { criterionOf, firstMembers, type Catalog } from "./catalog";
import { GroupBox } from "./GroupBox";
import type { ListRow } from "./queries";
import { RuleRow } from "./RuleRow";
import { joins, unchosen, type Group } from "./tree";
import styles from "./Builder.module.css";

interface BuilderProps {
  catalog: Catalog;
  lists: readonly ListRow[];
  group: Group;
  onChange: (group: Group) => void;
}

const controls = { rule: RuleRow, ruleGroup: GroupBox };
const combinators: FullCombinator[] = joins.map((join) => ({ name: join, value: join, label: join }));
const option = (code: string) => ({ name: code, value: code, label: code });

export function Builder({ catalog, lists, group, onChange }: BuilderProps) {
  const { t } = useTranslation("list");
  const [hasAdded, setAdded] = useState(false);
  const fields = useMemo<FullField[]>(() => catalog.criteria.map(({ code }) => option(code)), [catalog]);
  const operators = (code: string): FullOperator[] => (criterionOf(catalog, code)?.ops ?? []).map(option);
  return (
    <BuilderContext value={{ catalog, lists, hasAdded, onAdd: () => setAdded(true) }}>
      <div className={styles.builder} role="group" aria-label={t("builder.title")}>
        <QueryBuilder<Group, FullField, FullOperator, FullCombinator>
          query={group}
          onQueryChange={onChange}
          fields={fields}
          combinators={combinators}
          getOperators={operators}
          getDefaultOperator={(code) => criterionOf(catalog, code)?.ops[0] ?? unchosen}
          getDefaultValue={({ field }) => firstMembers(criterionOf(catalog, field))}
          autoSelectField={false}
          addRuleToNewGroups
          translations={{ fields: { placeholderName: unchosen } }}
          controlElements={controls}
        />
      </div>
    </BuilderContext>
  );
}
