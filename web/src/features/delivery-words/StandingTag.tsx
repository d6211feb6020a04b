/* SPDX-License-Identifier: AGPL-3.0-or-later */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import ClockCircleOutlined from "@ant-design/icons/es/icons/ClockCircleOutlined";
import HistoryOutlined from "@ant-design/icons/es/icons/HistoryOutlined";
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import type { Standing } from "./standing";

const looks = {
  now: { color: "success", icon: <CheckCircleOutlined aria-hidden /> },
  coming: { color: "processing", icon: <ClockCircleOutlined aria-hidden /> },
  past: { color: "default", icon: <HistoryOutlined aria-hidden /> },
} as const;

export function StandingTag({ standing }: { standing: Standing }) {
  const { t } = useTranslation("delivery-words");
  return (
    <Tag {...looks[standing]} style={{ marginInlineEnd: 0 }}>
      {t(`standing.${standing}`)}
    </Tag>
  );
}
