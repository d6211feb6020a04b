/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How many clients the conditions mean, as they are typed. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber, formatPercent, nbsp } from "@/shared/lib/format";
import { ErrorView } from "@/shared/ui/ErrorView";
import type { Tree } from "./catalog";
import { useAllCount, useCount } from "./queries";
import styles from "./List.module.css";

/* `asked` is the tree as JSON: the same conditions are the same question, however often they are drawn. */
export function LiveCount({ asked, isUnfinished }: { asked: string | null; isUnfinished: boolean }) {
  const { t } = useTranslation("list");
  const language = useLanguage();
  const tree = useMemo(() => (asked === null ? null : (JSON.parse(asked) as Tree)), [asked]);
  const { data, error, isPlaceholderData, isFetching, refetch } = useCount(tree);
  const all = useAllCount().data?.clients;
  if (error !== null) return <ErrorView error={error} onAgain={() => void refetch()} inline />;
  const clients = tree === null ? undefined : data?.clients;
  const share = clients === undefined || all === undefined || all === 0 ? nbsp : t("count.share", { share: formatPercent(clients / all, language), all: formatNumber(all, language) });
  return (
    <div className={styles.count} role="status" aria-busy={isFetching}>
      <p className={styles.countLabel}>{t("count.label")}</p>
      <p className={`${styles.countFigure ?? ""} ${isPlaceholderData ? (styles.stale ?? "") : ""}`}>{clients === undefined ? "—" : formatNumber(clients, language)}</p>
      <p className={styles.note}>{share}</p>
      <p className={styles.note}>{isUnfinished && tree !== null ? t("count.without_unfinished") : nbsp}</p>
    </div>
  );
}
