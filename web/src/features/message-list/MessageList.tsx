/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Messages to one number as a timeline: what was sent, when, by which campaign, what became of it. */
import Button from "antd/es/button";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import dayjs from "dayjs";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDay } from "@/shared/lib/format";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Skeleton } from "@/shared/ui/Skeleton";
import { byDay } from "./days";
import { MessageItem } from "./MessageItem";
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
              <MessageItem key={message.id} message={message} />
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
