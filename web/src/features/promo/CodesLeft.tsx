/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How many codes are left, as one word with its colour and sign. */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import CloseCircleOutlined from "@ant-design/icons/es/icons/CloseCircleOutlined";
import InboxOutlined from "@ant-design/icons/es/icons/InboxOutlined";
import WarningOutlined from "@ant-design/icons/es/icons/WarningOutlined";
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import { leftOf, type Pool } from "./left";

const looks = {
  empty: { colour: "default", icon: InboxOutlined },
  none: { colour: "error", icon: CloseCircleOutlined },
  few: { colour: "warning", icon: WarningOutlined },
  enough: { colour: "success", icon: CheckCircleOutlined },
};

export function CodesLeft({ pool }: { pool: Pick<Pool, "size" | "free"> }) {
  const { t } = useTranslation("promo");
  const left = leftOf(pool);
  const { colour, icon: Icon } = looks[left];
  return (
    <Tag color={colour} icon={<Icon aria-hidden />} style={{ marginInlineEnd: 0 }}>
      {t(left)}
    </Tag>
  );
}
