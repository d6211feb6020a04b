/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One message of a list: when, what became of it, what it said, where it came from. */
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatTime } from "@/shared/lib/format";
import { PageLink } from "@/shared/ui/PageLink";
import { MessageStateTag } from "@/shared/ui/StatusTag";
import { useFate } from "./useFate";
import styles from "./MessageList.module.css";

function Origin({ message }: { message: Message }) {
  const { t } = useTranslation("message-list");
  const mayOpen = useRight("campaigns.read");
  if (message.campaign_id === null || message.campaign_id === undefined) return <span>{t("single")}</span>;
  const name = message.campaign_name ?? "";
  return mayOpen ? <PageLink to={`/campaigns/${message.campaign_id}`}>{name}</PageLink> : <span>{name}</span>;
}

export function MessageItem({ message }: { message: Message }) {
  const { t } = useTranslation("message-list");
  const language = useLanguage();
  const fate = useFate()(message);
  const time = formatTime(message.created_at, language);
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <time dateTime={message.created_at} className={styles.time}>
          {dayjs(message.created_at).format("HH:mm")}
        </time>
        <MessageStateTag state={message.state} />
        <PageLink to={`/messages/${message.id}`} className={styles.more ?? ""} aria-label={t("history_of", { time })}>
          {t("history")}
        </PageLink>
      </div>
      {message.text !== undefined && <p className={styles.text}>{message.text}</p>}
      {message.state !== "delivered" && <p className={styles.quiet}>{fate}</p>}
      <p className={styles.origin}>
        <Origin message={message} />
        {message.sender !== undefined && <span>{t("sender", { sender: message.sender })}</span>}
        {message.parts !== undefined && <span>{t("parts", { count: message.parts, ns: "common" })}</span>}
      </p>
    </li>
  );
}
