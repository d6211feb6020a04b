/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lying bars by ECharts, which is fetched when the first chart is drawn. What they show stands in a table beside. */
import theme from "antd/es/theme";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber, formatPercent } from "@/shared/lib/format";
import { SkeletonBlock } from "@/shared/ui/Skeleton";
import styles from "./List.module.css";

const Drawing = lazy(() => import("./Drawing"));

export interface ChartBar {
  label: string;
  clients: number;
  share: number;
  /* Others, unknown: not what one looks for. */
  isQuiet: boolean;
}

export interface Look {
  bar: string;
  quiet: string;
  text: string;
  font: string;
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("layout.loading")}>
      <SkeletonBlock width="100%" height={260} />
    </div>
  );
}

function Drawn({ bars }: { bars: readonly ChartBar[] }) {
  const language = useLanguage();
  const { token } = theme.useToken();
  const look = useMemo<Look>(
    () => ({ bar: token.colorPrimary, quiet: token.colorTextQuaternary, text: token.colorTextSecondary, font: token.fontFamily }),
    [token.colorPrimary, token.colorTextQuaternary, token.colorTextSecondary, token.fontFamily],
  );
  const told = useMemo(() => bars.map((bar) => ({ ...bar, told: `${formatNumber(bar.clients, language)} · ${formatPercent(bar.share, language)}` })), [bars, language]);
  return <Drawing bars={told} look={look} />;
}

/* Undefined while it loads: its room is kept. */
export function Chart({ title, bars }: { title: string; bars: readonly ChartBar[] | undefined }) {
  return (
    <div className={styles.chart} role="img" aria-label={title}>
      {bars === undefined ? (
        <Waiting />
      ) : (
        <Suspense fallback={<Waiting />}>
          <Drawn bars={bars} />
        </Suspense>
      )}
    </div>
  );
}
