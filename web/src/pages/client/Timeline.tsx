/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What happened with the client, the latest first: what was sent and what became of it, what came back, what the
 * client did. */
import HistoryOutlined from "@ant-design/icons/es/icons/HistoryOutlined";
import Button from "antd/es/button";
import Select from "antd/es/select";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LeftOut } from "@/features/left-out/LeftOut";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDay } from "@/shared/lib/format";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Section } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import type { FullClient } from "./About";
import { TimelineItem } from "./TimelineItem";
import { daysOf, kinds, type Kind } from "./timeline";
import { useTimeline } from "./useTimeline";
import styles from "./Timeline.module.css";

const skeletons = 5;

function Loading() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("layout.loading")} className={styles.day}>
      {Array.from({ length: skeletons }, (_, i) => (
        <div key={i} className={styles.waiting}>
          <Skeleton titleWidth={160} rows={2} />
        </div>
      ))}
    </div>
  );
}

/* Why a client got nothing is the question this page is opened with most. */
function Nothing({ client, kind }: { client: FullClient; kind: Kind | null }) {
  const { t } = useTranslation("client");
  if (kind !== null && kind !== "message") return <EmptyState title={t(`timeline.nothing.${kind}`)} />;
  return (
    <EmptyState icon={<HistoryOutlined />} title={t("nothing.title")} action={<ButtonLink to="/campaigns">{t("nothing.campaigns")}</ButtonLink>}>
      {client.opt_out === null ? t("nothing.text") : t(`nothing.opted_out_${client.opt_out}`)}
    </EmptyState>
  );
}

function Days({ client, kind }: { client: FullClient; kind: Kind | null }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { rows, error, again, more, loadingMore } = useTimeline(client.id, kind);
  if (rows === undefined) return error === null ? <Loading /> : <ErrorView error={error} onAgain={again} inline />;
  if (rows.length === 0) {
    return (
      <div className={styles.day}>
        <Nothing client={client} kind={kind} />
      </div>
    );
  }
  return (
    <>
      {error !== null && <ErrorView error={error} onAgain={again} inline />}
      {daysOf(rows).map((day) => (
        <section key={day.start} className={styles.group}>
          <h3 className={styles.date}>{formatDay(dayjs(day.start), language, dayjs())}</h3>
          <ol className={styles.day}>
            {day.events.map(({ key, event }) => (
              <TimelineItem key={key} event={event} />
            ))}
          </ol>
        </section>
      ))}
      {more !== undefined && (
        <div className={styles.foot}>
          <Button onClick={more} loading={loadingMore}>
            {t("actions.more")}
          </Button>
        </div>
      )}
    </>
  );
}

/* `phone` is the whole number; null for who sees it masked. */
export function Timeline({ client, phone }: { client: FullClient; phone: string | null }) {
  const { t } = useTranslation("client");
  const [kind, setKind] = useState<Kind | null>(null);
  const mayReadMessages = useRight("messages.read");
  return (
    <>
      <Section
        title={t("timeline.title")}
        extra={
          <Select<Kind | "all">
            className={styles.filter ?? ""}
            aria-label={t("timeline.show")}
            value={kind ?? "all"}
            options={(["all", ...kinds] as const).map((value) => ({ value, label: t(`timeline.kind.${value}`) }))}
            onChange={(value) => setKind(value === "all" ? null : value)}
          />
        }
      >
        <Days client={client} kind={kind} />
      </Section>
      {mayReadMessages && phone !== null && <LeftOut phone={phone} />}
    </>
  );
}
