/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One thing that happened: each kind has its sign and its words. */
import MessageOutlined from "@ant-design/icons/es/icons/MessageOutlined";
import ShoppingOutlined from "@ant-design/icons/es/icons/ShoppingOutlined";
import StopOutlined from "@ant-design/icons/es/icons/StopOutlined";
import dayjs from "dayjs";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { MessageItem } from "@/features/message-list/MessageItem";
import { OptOutTag } from "@/features/opt-outs/OptOutTag";
import { Money } from "@/shared/ui/values";
import type words from "./ru.json";
import type { TimelineEvent } from "./timeline";
import styles from "./Timeline.module.css";

type ActionWord = keyof typeof words.action;
const actionWords: ReadonlySet<string> = new Set<ActionWord>(["purchase", "payment", "visit", "login", "complaint"]);

function isActionWord(code: string): code is ActionWord {
  return actionWords.has(code);
}

interface LineProps {
  at: string;
  icon: ReactNode;
  what: ReactNode;
  aside?: ReactNode;
  children?: ReactNode;
}

function Line({ at, icon, what, aside, children }: LineProps) {
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <time dateTime={at} className={styles.time}>
          {dayjs(at).format("HH:mm")}
        </time>
        <span className={styles.icon} aria-hidden>
          {icon}
        </span>
        <span className={styles.what}>{what}</span>
        {aside}
      </div>
      {children}
    </li>
  );
}

function Action({ at, action: { code, category, amount } }: { at: string; action: NonNullable<TimelineEvent["action"]> }) {
  const { t } = useTranslation("client");
  const what = isActionWord(code) ? t(`action.${code}`) : code;
  return <Line at={at} icon={<ShoppingOutlined />} what={category === null ? what : `${what} · ${category}`} aside={amount !== null && <Money value={amount} />} />;
}

function Reply({ at, reply: { text, stop } }: { at: string; reply: NonNullable<TimelineEvent["reply"]> }) {
  const { t } = useTranslation("client");
  return (
    <Line at={at} icon={<MessageOutlined />} what={t("timeline.reply")} aside={<OptOutTag scope={stop} />}>
      <p className={text === null ? styles.quiet : styles.text}>{text ?? t("timeline.no_text")}</p>
    </Line>
  );
}

function Stop({ at, stop: { scope, source } }: { at: string; stop: NonNullable<TimelineEvent["stop"]> }) {
  const { t } = useTranslation("client");
  return <Line at={at} icon={<StopOutlined />} what={source === "reply" ? t("timeline.stop_reply") : t("timeline.stop")} aside={<OptOutTag scope={scope} />} />;
}

export function TimelineItem({ event: { at, action, message, reply, stop } }: { event: TimelineEvent }) {
  if (action !== undefined) return <Action at={at} action={action} />;
  if (message !== undefined && message !== null) return <MessageItem message={message} />;
  if (reply !== undefined) return <Reply at={at} reply={reply} />;
  return stop === undefined ? null : <Stop at={at} stop={stop} />;
}
