/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The funnel, drawn: a bar for each stage, and where the others stayed. Figures that have rows lead to them. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Num, Percent } from "@/shared/ui/values";
import { funnelOf, type Counts, type Loss, type LossKey, type Stage, type StageKey } from "./funnel";
import { stoppedEarly } from "./missed";
import { linkTo } from "./view";
import styles from "./Funnel.module.css";

const rowsOfStage: Partial<Record<StageKey, string>> = {
  left_out: linkTo({ tab: "missed", reason: "suppressed" }),
  messages: linkTo({ tab: "messages" }),
  delivered: linkTo({ tab: "messages", state: "delivered" }),
};

const rowsOfLoss: Partial<Record<LossKey, string>> = {
  excluded: linkTo({ tab: "missed", reason: "suppressed" }),
  stopped: linkTo({ tab: "missed", reason: stoppedEarly }),
  not_sent: linkTo({ tab: "messages", state: "queued" }),
  cancelled: linkTo({ tab: "missed", reason: "cancelled" }),
  failed: linkTo({ tab: "missed", reason: "failed" }),
  awaited: linkTo({ tab: "messages", state: "accepted" }),
  undelivered: linkTo({ tab: "missed", reason: "undelivered" }),
  expired: linkTo({ tab: "missed", reason: "expired" }),
  rejected: linkTo({ tab: "missed", reason: "rejected" }),
  unknown: linkTo({ tab: "missed", reason: "unknown" }),
};

function Rows({ to, children }: { to: string | undefined; children: ReactNode }) {
  return to === undefined ? <span>{children}</span> : <Link to={to}>{children}</Link>;
}

function Losses({ losses }: { losses: readonly Loss[] }) {
  const { t } = useTranslation("campaign");
  return (
    <ul className={styles.losses}>
      {losses.map(({ key, count }) => (
        <li key={key}>
          <Rows to={rowsOfLoss[key]}>
            {t(`loss.${key}`)}: <Num value={count} />
          </Rows>
        </li>
      ))}
    </ul>
  );
}

function StageItem({ stage }: { stage: Stage }) {
  const { t } = useTranslation("campaign");
  const { key, count, share, from, losses } = stage;
  return (
    <li className={styles.stage}>
      <div className={styles.head}>
        <span>{t(`stage.${key}`)}</span>
        <span className={styles.count}>
          <Rows to={count === 0 ? undefined : rowsOfStage[key]}>
            <Num value={count} />
          </Rows>
        </span>
        <span className={styles.share}>
          <Percent value={share} />
        </span>
      </div>
      <div className={styles.track} aria-hidden>
        <div className={from > 0 ? styles.cut : styles.fill} style={{ transform: `translateX(${from * 100}%) scaleX(${share})` }} />
      </div>
      {key !== "list" && <Losses losses={losses} />}
    </li>
  );
}

/* While it is live, every stage keeps a line free, so that its first loss moves nothing. */
export function Funnel({ counts, stoppedEarly: stopped, isLive }: { counts: Counts; stoppedEarly: number; isLive: boolean }) {
  return (
    <ol className={`${styles.funnel ?? ""} ${isLive ? (styles.live ?? "") : ""}`}>
      {funnelOf(counts, stopped).map((stage) => (
        <StageItem key={stage.key} stage={stage} />
      ))}
    </ol>
  );
}
