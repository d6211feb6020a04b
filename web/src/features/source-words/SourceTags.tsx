/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One word, one colour, one sign for each state of a source and of its runs. */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import ClockCircleOutlined from "@ant-design/icons/es/icons/ClockCircleOutlined";
import CloseCircleOutlined from "@ant-design/icons/es/icons/CloseCircleOutlined";
import MinusCircleOutlined from "@ant-design/icons/es/icons/MinusCircleOutlined";
import QuestionCircleOutlined from "@ant-design/icons/es/icons/QuestionCircleOutlined";
import SyncOutlined from "@ant-design/icons/es/icons/SyncOutlined";
import Tag from "antd/es/tag";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SourceRun } from "@/api/types";
import { stateOf, type SourceState, type Standing } from "./state";

interface Look {
  color: "default" | "processing" | "success" | "warning" | "error";
  icon: ReactNode;
}

const states: Record<SourceState, Look> = {
  held: { color: "warning", icon: <QuestionCircleOutlined aria-hidden /> },
  reading: { color: "processing", icon: <SyncOutlined aria-hidden /> },
  failed: { color: "error", icon: <CloseCircleOutlined aria-hidden /> },
  off: { color: "default", icon: <MinusCircleOutlined aria-hidden /> },
  on: { color: "success", icon: <CheckCircleOutlined aria-hidden /> },
};

const runs: Record<SourceRun["status"], Look> = {
  waiting: { color: "default", icon: <ClockCircleOutlined aria-hidden /> },
  running: states.reading,
  done: states.on,
  held: states.held,
  dropped: states.off,
  failed: states.failed,
};

export function SourceStateTag({ source }: { source: Standing }) {
  const { t } = useTranslation("source-words");
  const state = stateOf(source);
  return (
    <Tag {...states[state]} style={{ marginInlineEnd: 0 }}>
      {t(`state.${state}`)}
    </Tag>
  );
}

export function SourceRunTag({ status }: Pick<SourceRun, "status">) {
  const { t } = useTranslation("source-words");
  return (
    <Tag {...runs[status]} style={{ marginInlineEnd: 0 }}>
      {t(`run.${status}`)}
    </Tag>
  );
}
