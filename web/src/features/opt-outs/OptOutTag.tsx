/* SPDX-License-Identifier: AGPL-3.0-or-later */
import NotificationOutlined from "@ant-design/icons/es/icons/NotificationOutlined";
import StopOutlined from "@ant-design/icons/es/icons/StopOutlined";
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import type { Wish } from "./useOptOut";

/* What a client receives no more; nothing for one who takes everything. */
export function OptOutTag({ scope }: { scope: Wish }) {
  const { t } = useTranslation("opt-outs");
  if (scope === null) return null;
  const isAll = scope === "all";
  return (
    <Tag color={isAll ? "error" : "warning"} icon={isAll ? <StopOutlined aria-hidden /> : <NotificationOutlined aria-hidden />} style={{ marginInlineEnd: 0 }}>
      {t(`tag.${scope}`)}
    </Tag>
  );
}
