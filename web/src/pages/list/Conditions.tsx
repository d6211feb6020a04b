/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Conditions in words, one below the other; with verdicts, which of them a client fulfils. */
import CheckOutlined from "@ant-design/icons/es/icons/CheckOutlined";
import CloseOutlined from "@ant-design/icons/es/icons/CloseOutlined";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Catalog, Leaf, Tree } from "./catalog";
import { useSentence } from "./sentence";
import { linesOf, type Line } from "./lines";
import type { ListRow } from "./queries";
import styles from "./List.module.css";

/* Whether the client fulfils what stands at a path of the tree. */
export type Verdicts = ReadonlyMap<string, boolean>;

interface ConditionsProps {
  tree: Tree;
  catalog: Catalog;
  lists: readonly ListRow[];
  verdicts?: Verdicts;
}

function Mark({ isFulfilled }: { isFulfilled: boolean }) {
  const { t } = useTranslation("list");
  return (
    <span className={isFulfilled ? styles.yes : styles.no}>
      {isFulfilled ? <CheckOutlined aria-hidden /> : <CloseOutlined aria-hidden />}
      <span className="visually-hidden">{isFulfilled ? t("why.fulfilled") : t("why.not_fulfilled")}</span>
    </span>
  );
}

function Words({ line, sentence, verdicts }: { line: Line; sentence: (leaf: Leaf) => string; verdicts: Verdicts | undefined }) {
  const { t } = useTranslation("list");
  const verdict = verdicts?.get(line.path);
  return (
    <li>
      <span className={styles.line}>
        {verdict !== undefined && <Mark isFulfilled={verdict} />}
        <span>{line.leaf === null ? `${t(`join.${line.join}`)}:` : sentence(line.leaf)}</span>
      </span>
      {line.lines.length > 0 && <Lines lines={line.lines} sentence={sentence} verdicts={verdicts} />}
    </li>
  );
}

function Lines({ lines, sentence, verdicts }: { lines: readonly Line[]; sentence: (leaf: Leaf) => string; verdicts: Verdicts | undefined }) {
  return (
    <ul className={styles.lines}>
      {lines.map((line) => (
        <Words key={line.path} line={line} sentence={sentence} verdicts={verdicts} />
      ))}
    </ul>
  );
}

export function Conditions({ tree, catalog, lists, verdicts }: ConditionsProps) {
  const names = useMemo(() => new Map(lists.map(({ id, name }) => [id, name])), [lists]);
  const sentence = useSentence(catalog, names);
  return <Lines lines={[linesOf(tree)]} sentence={sentence} verdicts={verdicts} />;
}
