/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How the clients are made up: a small chart for each way to group them, each with its table. */
import { useTranslation } from "react-i18next";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel, Section } from "@/shared/ui/Page";
import { Num, Percent } from "@/shared/ui/values";
import { barsOf, totalOf, type Bar } from "./bars";
import type { Tree } from "./catalog";
import { Chart } from "./Chart";
import { useBreakdown, type Breakdown, type Grouping } from "./queries";
import { useWords } from "./sentence";
import styles from "./List.module.css";

const by = ["city", "age", "sex", "segment"] as const satisfies readonly Grouping[];
type By = (typeof by)[number];

function useBarWord(): (bar: Bar) => string {
  const { t } = useTranslation("list");
  const words = useWords();
  return ({ kind, value }) => (kind === "group" ? words.value(value) : t(`breakdown.${kind}`));
}

function Table({ bars, total, title }: { bars: readonly Bar[]; total: number; title: string }) {
  const { t } = useTranslation("list");
  const word = useBarWord();
  return (
    <details className={styles.asTable}>
      <summary>{t("breakdown.as_table")}</summary>
      <table aria-label={title} className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">{t("breakdown.clients")}</th>
            <th scope="col">{t("breakdown.share")}</th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={`${bar.kind} ${bar.value}`}>
              <th scope="row">{word(bar)}</th>
              <td>
                <Num value={bar.clients} />
              </td>
              <td>
                <Percent value={total === 0 ? 0 : bar.clients / total} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Picture({ title, breakdown }: { title: string; breakdown: Breakdown | undefined }) {
  const { t } = useTranslation("list");
  const word = useBarWord();
  if (breakdown === undefined) return <Chart title={title} bars={undefined} />;
  const total = totalOf(breakdown);
  if (total === breakdown.unknown) return <p className={styles.noData}>{total === 0 ? t("breakdown.nobody") : t("breakdown.nothing_known")}</p>;
  const chart = barsOf(breakdown, "chart").map((bar) => ({ label: word(bar), clients: bar.clients, share: bar.clients / total, isQuiet: bar.kind !== "group" }));
  return (
    <>
      <Chart title={title} bars={chart} />
      <Table bars={barsOf(breakdown, "table")} total={total} title={title} />
    </>
  );
}

export function Breakdowns({ tree }: { tree: Tree }) {
  const { t } = useTranslation("list");
  const { data, error, refetch, isPlaceholderData } = useBreakdown(tree, by, true);
  const title = (grouping: By) => t(`breakdown.by.${grouping}`);
  return (
    <Section title={t("breakdown.title")}>
      {error !== null && <ErrorView error={error} onAgain={() => void refetch()} inline />}
      {(error === null || data !== undefined) && (
        <div className={styles.charts} aria-busy={isPlaceholderData || data === undefined}>
          {by.map((grouping) => (
            <Panel key={grouping} className={styles.chartPanel ?? ""}>
              <h3 className={styles.chartTitle}>{title(grouping)}</h3>
              <Picture title={title(grouping)} breakdown={data?.find((one) => one.by === grouping)} />
            </Panel>
          ))}
        </div>
      )}
    </Section>
  );
}
