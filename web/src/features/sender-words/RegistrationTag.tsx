/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One word, one colour, one sign for what an operator says of a sender or a text. */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import ClockCircleOutlined from "@ant-design/icons/es/icons/ClockCircleOutlined";
import CloseCircleOutlined from "@ant-design/icons/es/icons/CloseCircleOutlined";
import HourglassOutlined from "@ant-design/icons/es/icons/HourglassOutlined";
import MinusCircleOutlined from "@ant-design/icons/es/icons/MinusCircleOutlined";
import Tag from "antd/es/tag";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Standing } from "./standing";

interface Look {
  color: "default" | "processing" | "success" | "warning" | "error";
  icon: ReactNode;
}

const looks: Record<Standing, Look> = {
  active: { color: "success", icon: <CheckCircleOutlined aria-hidden /> },
  asked: { color: "processing", icon: <HourglassOutlined aria-hidden /> },
  refused: { color: "error", icon: <CloseCircleOutlined aria-hidden /> },
  lapsed: { color: "warning", icon: <ClockCircleOutlined aria-hidden /> },
  ended: { color: "default", icon: <MinusCircleOutlined aria-hidden /> },
};

export function RegistrationTag({ standing }: { standing: Standing }) {
  const { t } = useTranslation("sender-words");
  return (
    <Tag {...looks[standing]} style={{ marginInlineEnd: 0 }}>
      {t(`standing.${standing}`)}
    </Tag>
  );
}

/* The same without the weight of a tag: what follows from another registration. */
export function RegistrationSign({ standing }: { standing: Standing }) {
  const { t } = useTranslation("sender-words");
  return (
    <span>
      {looks[standing].icon} {t(`standing.${standing}`)}
    </span>
  );
}
