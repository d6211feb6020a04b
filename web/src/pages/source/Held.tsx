/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* More than 2 % of a source's clients are missing: a person says whether they are gone or the file is wrong. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Id, Source } from "@/api/types";
import { missingShare } from "@/features/source-words/state";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber, formatPercent, formatTime } from "@/shared/lib/format";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Skeleton } from "@/shared/ui/Skeleton";
import { useRun, useVerdict, type WholeRun } from "./queries";
import styles from "./Source.module.css";

function Question({ source, run }: { source: Source; run: WholeRun }) {
  const { t } = useTranslation("source");
  const language = useLanguage();
  const [asks, setAsks] = useState(false);
  const verdict = useVerdict(source.id, run.id);
  const missing = run.clients_missing;
  const known = formatNumber(run.clients_known, language);
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      title={t("held.title", { count: missing, known, share: formatPercent(missingShare(run), language) })}
      description={
        <div className={styles.held}>
          <p>{run.finished_at !== null && t("held.when", { time: formatTime(run.finished_at, language) })} {t("held.text")}</p>
          {run.rows_bad > 0 && <p>{t("held.refused", { count: run.rows_bad })}</p>}
          <ul className={styles.choices}>
            <li>{t("held.if_gone")}</li>
            <li>{t("held.if_wrong")}</li>
          </ul>
          <div className={styles.buttons}>
            <Button loading={verdict.isPending && !verdict.variables} disabled={verdict.isPending} onClick={() => verdict.mutate(false)}>
              {t("held.keep")}
            </Button>
            <Button danger disabled={verdict.isPending} onClick={() => setAsks(true)}>
              {t("held.gone")}
            </Button>
          </div>
          {verdict.error !== null && <ErrorView error={verdict.error} inline />}
          <ConfirmDanger
            open={asks}
            title={t("held.confirm_title", { count: missing })}
            number={missing}
            confirm={t("held.confirm")}
            busy={verdict.isPending}
            onConfirm={() => verdict.mutate(true, { onSettled: () => setAsks(false) })}
            onCancel={() => setAsks(false)}
          >
            <p>{t("held.confirm_text")}</p>
          </ConfirmDanger>
        </div>
      }
    />
  );
}

export function Held({ source, run }: { source: Source; run: Id }) {
  const { data, error, refetch } = useRun(source.id, run);
  if (data !== undefined) return data.status === "held" ? <Question source={source} run={data} /> : null;
  return error === null ? <Skeleton rows={4} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />;
}
