/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { useReason } from "@/shared/ui/reason";
import type words from "./ru.json";

type Fate = keyof typeof words.fate;

const fates: ReadonlySet<string> = new Set<Fate>([
  "queued",
  "claimed",
  "accepted",
  "unknown",
  "unknown_in_doubt",
  "unknown_no_receipt",
  "cancelled",
  "failed",
  "rejected",
  "expired",
  "undelivered",
  "delivered",
  "suppressed",
]);

function isFate(key: string): key is Fate {
  return fates.has(key);
}

/* Which sentence tells what became of a message; null for a state the interface does not know. */
export function fateOf({ state, reason }: Pick<Message, "state" | "reason">): Fate | null {
  const special = `${state}_${reason ?? ""}`;
  if (isFate(special)) return special;
  return isFate(state) ? state : null;
}

/* These say why themselves. */
const whyNeeded: ReadonlySet<Fate> = new Set<Fate>(["cancelled", "failed", "suppressed", "rejected", "expired", "undelivered"]);

/* Some parts of it arrived, and it did not as a whole. */
export function isPartly({ state, parts_delivered = 0 }: Pick<Message, "state" | "parts_delivered">): boolean {
  return state !== "delivered" && parts_delivered > 0;
}

/* What became of a message and why, as one tells it on the telephone. */
export function useFate(): (message: Message) => string {
  const { t } = useTranslation("message-list");
  const why = useReason();
  return (message) => {
    const fate = fateOf(message);
    if (fate === null) return "";
    const told = [t(`fate.${fate}`)];
    if (message.reason !== null && whyNeeded.has(fate)) told.push(t("why", { why: why(message.reason) }));
    if (isPartly(message)) told.push(t("partly", { delivered: message.parts_delivered, parts: message.parts }));
    return told.join(" ");
  };
}
