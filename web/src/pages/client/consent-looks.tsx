/* SPDX-License-Identifier: AGPL-3.0-or-later */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import ClockCircleOutlined from "@ant-design/icons/es/icons/ClockCircleOutlined";
import StopOutlined from "@ant-design/icons/es/icons/StopOutlined";
import type { Consent, ConsentEvent } from "./useConsents";

/* One colour and one sign for each state. */
export const stateLooks = {
  given: { color: "success", icon: <CheckCircleOutlined aria-hidden /> },
  pending: { color: "warning", icon: <ClockCircleOutlined aria-hidden /> },
  withdrawn: { color: "error", icon: <StopOutlined aria-hidden /> },
  expired: { color: "default", icon: <ClockCircleOutlined aria-hidden /> },
} as const satisfies Record<Consent["state"], object>;

export const eventLooks: Record<ConsentEvent["kind"], (typeof stateLooks)[Consent["state"]]> = stateLooks;
