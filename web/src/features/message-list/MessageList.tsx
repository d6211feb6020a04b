/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Messages to one number as a timeline: what was sent, when, by which campaign, what became of it. */
import Button from "antd/es/button";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import dayjs from "dayjs";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDay, formatTime } from "@/shared/lib/format";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PageLink } from "@/shared/ui/PageLink";
import { Skeleton } from "@/shared/ui/Skeleton";
import { MessageStateTag } from "@/shared/ui/StatusTag";
import { byDay } from "./days";
import { useFate } from "./useFate";
import type { useMessagesTo } from "./useMessagesTo";
import styles from "./MessageList.module.css";

const skeletons = 4;

function Loading() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("layout.loading")} className={styles.day}>
      {Array.from({ length: skeletons }, (_, i) => (
        <div key={i} className={styles.item}>
          <Skeleton titleWidth={160} rows={2} />
        </div>
      ))}
    </div>
  );
}

function Origin({ message }: { message: Message }) {
  const { t } = useTranslation("message-list");
  const mayOpen = useRight("campaigns.read");
  if (message.campaign_id === null || message.campaign_id === undefined) return <span>{t("single")}</span>;
  const name = message.campaign_name ?? "";
  return mayOpen ? <PageLink to={`/campaigns/${message.campaign_id}`}>{name}</PageLink> : <span>{name}</span>;
}

function Item({ message }: { message: Message }) {
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

interface MessageListProps {
  messages: ReturnType<typeof useMessagesTo>;
  /* What to say when there are none. */
  empty: ReactNode;
}

export function MessageList({ messages, empty }: MessageListProps) {
  const { t } = useTranslation("message-list");
  const language = useLanguage();
  const { rows, error, again, more, loadingMore } = messages;
  if (rows === undefined) return error === null ? <Loading /> : <ErrorView error={error} onAgain={again} inline />;
  if (rows.length === 0) return <div className={styles.nothing}>{empty}</div>;
  return (
    <div className={styles.days}>
      {error !== null && <ErrorView error={error} onAgain={again} inline />}
      {byDay(rows).map((day) => (
        <section key={day.start} className={styles.group}>
          <h3 className={styles.date}>{formatDay(dayjs(day.start), language, dayjs())}</h3>
          <ol className={styles.day}>
            {day.messages.map((message) => (
              <Item key={message.id} message={message} />
            ))}
          </ol>
        </section>
      ))}
      {more !== undefined && (
        <div className={styles.foot}>
          <Button onClick={more} loading={loadingMore}>
            {t("actions.more", { ns: "common" })}
          </Button>
        </div>
      )}
    </div>
  );
}
