/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One word, one colour, one sign for each status, everywhere. */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import ClockCircleOutlined from "@ant-design/icons/es/icons/ClockCircleOutlined";
import CloseCircleOutlined from "@ant-design/icons/es/icons/CloseCircleOutlined";
import EditOutlined from "@ant-design/icons/es/icons/EditOutlined";
import HourglassOutlined from "@ant-design/icons/es/icons/HourglassOutlined";
import MinusCircleOutlined from "@ant-design/icons/es/icons/MinusCircleOutlined";
import PauseCircleOutlined from "@ant-design/icons/es/icons/PauseCircleOutlined";
import QuestionCircleOutlined from "@ant-design/icons/es/icons/QuestionCircleOutlined";
import SendOutlined from "@ant-design/icons/es/icons/SendOutlined";
import StopOutlined from "@ant-design/icons/es/icons/StopOutlined";
import WarningOutlined from "@ant-design/icons/es/icons/WarningOutlined";
import Tag from "antd/es/tag";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { CampaignStatus, ImportStatus, MessageState } from "@/api/types";

type Colour = "default" | "processing" | "success" | "warning" | "error";
interface Look {
  colour: Colour;
  icon: ComponentType<{ "aria-hidden": boolean }>;
}

const campaignLooks: Record<CampaignStatus, Look> = {
  draft: { colour: "default", icon: EditOutlined },
  planned: { colour: "processing", icon: ClockCircleOutlined },
  running: { colour: "processing", icon: SendOutlined },
  paused: { colour: "warning", icon: PauseCircleOutlined },
  finished: { colour: "success", icon: CheckCircleOutlined },
  cancelled: { colour: "default", icon: StopOutlined },
  failed: { colour: "error", icon: CloseCircleOutlined },
};

const messageLooks: Record<MessageState, Look> = {
  queued: { colour: "default", icon: HourglassOutlined },
  claimed: { colour: "processing", icon: SendOutlined },
  accepted: { colour: "processing", icon: SendOutlined },
  unknown: { colour: "warning", icon: QuestionCircleOutlined },
  cancelled: { colour: "default", icon: StopOutlined },
  failed: { colour: "error", icon: CloseCircleOutlined },
  rejected: { colour: "error", icon: CloseCircleOutlined },
  expired: { colour: "warning", icon: ClockCircleOutlined },
  undelivered: { colour: "warning", icon: WarningOutlined },
  delivered: { colour: "success", icon: CheckCircleOutlined },
  suppressed: { colour: "default", icon: MinusCircleOutlined },
};

const importLooks: Record<ImportStatus, Look> = {
  waiting: { colour: "default", icon: HourglassOutlined },
  running: { colour: "processing", icon: ClockCircleOutlined },
  done: { colour: "success", icon: CheckCircleOutlined },
  refused: { colour: "error", icon: CloseCircleOutlined },
  failed: { colour: "error", icon: CloseCircleOutlined },
  cancelled: { colour: "default", icon: StopOutlined },
};

function Look({ look, word }: { look: Look; word: string }) {
  const Icon = look.icon;
  return (
    <Tag color={look.colour} icon={<Icon aria-hidden />} style={{ marginInlineEnd: 0 }}>
      {word}
    </Tag>
  );
}

/* Of a campaign. */
export function StatusTag({ status }: { status: CampaignStatus }) {
  const { t } = useTranslation();
  return <Look look={campaignLooks[status]} word={t(`campaign_status.${status}`)} />;
}

/* Of a message; a string the interface does not know is shown as it is. */
export function MessageStateTag({ state }: { state: string }) {
  const { t } = useTranslation();
  if (!isMessageState(state)) return <Tag>{state}</Tag>;
  return <Look look={messageLooks[state]} word={t(`message_state.${state}`)} />;
}

export function ImportStatusTag({ status }: { status: ImportStatus }) {
  const { t } = useTranslation();
  return <Look look={importLooks[status]} word={t(`import_status.${status}`)} />;
}

function isMessageState(state: string): state is MessageState {
  return Object.hasOwn(messageLooks, state);
}
