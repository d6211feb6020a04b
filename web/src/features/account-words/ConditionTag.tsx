/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One word, one colour, one sign for each condition of an account. */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import CloseCircleOutlined from "@ant-design/icons/es/icons/CloseCircleOutlined";
import DisconnectOutlined from "@ant-design/icons/es/icons/DisconnectOutlined";
import MinusCircleOutlined from "@ant-design/icons/es/icons/MinusCircleOutlined";
import StopOutlined from "@ant-design/icons/es/icons/StopOutlined";
import Tag from "antd/es/tag";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { AccountState } from "@/api/types";

type Condition = AccountState["condition"];

const looks: Record<Condition, { color: "default" | "success" | "error"; icon: ReactNode }> = {
  up: { color: "success", icon: <CheckCircleOutlined aria-hidden /> },
  down: { color: "error", icon: <DisconnectOutlined aria-hidden /> },
  stopped: { color: "error", icon: <StopOutlined aria-hidden /> },
  unheld: { color: "error", icon: <CloseCircleOutlined aria-hidden /> },
  off: { color: "default", icon: <MinusCircleOutlined aria-hidden /> },
};

export function ConditionTag({ condition }: { condition: Condition }) {
  const { t } = useTranslation("account-words");
  return (
    <Tag {...looks[condition]} style={{ marginInlineEnd: 0 }}>
      {t(`condition.${condition}`)}
    </Tag>
  );
}
