/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { BarChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use as register, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { ChartBar, Look } from "./Chart";
import styles from "./List.module.css";

register([BarChart, GridComponent, CanvasRenderer]);

export type ToldBar = ChartBar & { told: string };

const labelWidth = 112;
const toldWidth = 104;
const barHeightMax = 18;

function optionOf(bars: readonly ToldBar[], look: Look) {
  return {
    animation: false,
    textStyle: { fontFamily: look.font },
    grid: { left: labelWidth + 8, right: toldWidth, top: 0, bottom: 0 },
    xAxis: { type: "value", show: false, max: Math.max(...bars.map(({ clients }) => clients), 1) },
    yAxis: {
      type: "category",
      inverse: true,
      data: bars.map(({ label }) => label),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: look.text, fontSize: 13, width: labelWidth, overflow: "truncate" },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: barHeightMax,
        data: bars.map(({ clients, told, isQuiet }) => ({
          value: clients,
          itemStyle: { color: isQuiet ? look.quiet : look.bar, borderRadius: 3 },
          label: { show: true, position: "right", color: look.text, fontSize: 12, formatter: () => told },
        })),
      },
    ],
  };
}

/* Follows the width of its place. */
export default function Drawing({ bars, look }: { bars: readonly ToldBar[]; look: Look }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);

  useEffect(() => {
    if (place.current === null) return;
    const drawn = init(place.current);
    chart.current = drawn;
    const follow = new ResizeObserver(() => drawn.resize());
    follow.observe(place.current);
    return () => {
      follow.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(optionOf(bars, look), { notMerge: true });
  }, [bars, look]);

  return <div ref={place} className={styles.drawing} aria-hidden />;
}
