/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who got nothing, by reason; each leads to the people. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useReason } from "@/shared/ui/reason";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Num } from "@/shared/ui/values";
import { filterOf, isWithin, type Group, type Summary } from "./missed";
import { linkTo } from "./view";
import styles from "./Reasons.module.css";

/* A reason says more than the state: "the client wants no messages" instead of "left out". */
export function useGroupName(): (group: Pick<Group, "kind" | "reason">) => string {
  const { t } = useTranslation();
  const reasonName = useReason();
  return ({ kind, reason }) => (reason === null ? t(`message_state.${kind}`) : reasonName(reason));
}

interface ReasonProps {
  to: string;
  name: string;
  kind?: string;
  count: number;
  /* Against the greatest of them; null: no bar. */
  share: number | null;
  isChosen: boolean;
}

function Reason({ to, name, kind, count, share, isChosen }: ReasonProps) {
  return (
    <li>
      <Link to={to} className={styles.reason ?? ""} aria-current={isChosen ? "true" : undefined} preventScrollReset>
        <span className={styles.name}>
          {name}
          {kind !== undefined && <span className={styles.kind}>{kind}</span>}
        </span>
        <span className={styles.count}>
          <Num value={count} />
        </span>
        {share !== null && (
          <span className={styles.track} aria-hidden>
            <span className={styles.fill} style={{ transform: `scaleX(${share})` }} />
          </span>
        )}
      </Link>
    </li>
  );
}

export function ReasonsSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("layout.loading")} className={styles.loading}>
      <Skeleton rows={6} full />
    </div>
  );
}

/* `chosen` is the filter in force: undefined where the list is only the way to the people. */
export function Reasons({ summary, chosen }: { summary: Summary; chosen?: string | null }) {
  const { t } = useTranslation("campaign");
  const groupName = useGroupName();
  const greatest = Math.max(1, ...summary.groups.map(({ count }) => count));
  return (
    <ul className={styles.reasons}>
      <Reason to={linkTo({ tab: "missed" })} name={t("missed.all")} count={summary.total} share={null} isChosen={chosen === null} />
      {summary.groups.map((group) => (
        <Reason
          key={filterOf(group)}
          to={linkTo({ tab: "missed", reason: filterOf(group) })}
          name={groupName(group)}
          {...(group.reason === null ? {} : { kind: t(`message_state.${group.kind}`, { ns: "common" }) })}
          count={group.count}
          share={group.count / greatest}
          isChosen={typeof chosen === "string" && isWithin(group, chosen)}
        />
      ))}
    </ul>
  );
}
