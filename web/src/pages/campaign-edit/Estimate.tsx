/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What it costs, counted over everybody and not over a sample: a job that is asked for, watched and read here. */
import Button from "antd/es/button";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { Bar } from "@/shared/ui/Bar";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PanelSection } from "@/shared/ui/Page";
import { Missing, Money, Num, Time } from "@/shared/ui/values";
import { stageOf, type Estimated } from "./estimate";
import type { UsedEstimate } from "./useEstimate";
import styles from "./CheckStep.module.css";

type Line = NonNullable<Estimated["result"]>["lines"][number];

function Ask({ used, text, label }: { used: UsedEstimate; text: ReactNode; label: string }) {
  const { t } = useTranslation("campaign-edit");
  if (!useRight("campaigns.edit")) return <p className={styles.note}>{t("estimate.no_right")}</p>;
  return (
    <div className={styles.ask}>
      <p className={styles.note}>{text}</p>
      <Button onClick={used.start} loading={used.isAsking}>
        {label}
      </Button>
    </div>
  );
}

function Counting({ used, estimate }: { used: UsedEstimate; estimate: Estimated }) {
  const { t } = useTranslation("campaign-edit");
  const { looked_at, clients } = estimate;
  return (
    <div className={styles.ask}>
      <div className={styles.counting}>
        <p role="status">{clients === 0 ? t("estimate.begins") : t("estimate.looked_at", { done: looked_at, count: clients })}</p>
        <Bar value={clients === 0 ? 0 : looked_at / clients} label={t("estimate.title")} />
      </div>
      <Button onClick={used.drop} disabled={used.isAsking}>
        {t("estimate.cancel")}
      </Button>
    </div>
  );
}

function Lines({ estimate }: { estimate: Estimated }) {
  const { t } = useTranslation("campaign-edit");
  const lines = estimate.result?.lines ?? [];
  const columns: Column<Line>[] = [
    { key: "account", title: t("estimate.account"), card: "title", render: ({ account }) => account },
    ...(lines.some(({ operator }) => operator !== null) ? [{ key: "operator", title: t("estimate.operator"), render: ({ operator_name }: Line) => operator_name ?? <Missing /> }] : []),
    { key: "each", title: t("estimate.parts_each"), align: "right", render: ({ parts_each }) => <Num value={parts_each} /> },
    { key: "messages", title: t("estimate.messages"), align: "right", render: ({ messages }) => <Num value={messages} /> },
    { key: "cost", title: t("check.cost"), align: "right", render: ({ cost }) => <Money value={cost} /> },
  ];
  return (
    <>
      <DataTable<Line> columns={columns} rows={lines} rowKey={({ account, operator, parts_each }) => `${account} ${operator ?? ""} ${parts_each}`} label={t("estimate.title")} empty={<p className={styles.note}>{t("check.no_samples")}</p>} />
      <p className={styles.note}>
        {t("estimate.done")} <Time value={estimate.finished_at} />
      </p>
    </>
  );
}

function Stage({ used, estimate, isExact }: { used: UsedEstimate; estimate: Estimated; isExact: boolean }) {
  const { t } = useTranslation("campaign-edit");
  const label = isExact ? t("estimate.by_account") : t("estimate.count");
  switch (stageOf(estimate)) {
    case "none":
      return <Ask used={used} text={isExact ? t("estimate.why_by_account") : t("estimate.why")} label={label} />;
    case "changed":
      return <Ask used={used} text={t("estimate.changed")} label={label} />;
    case "failed":
      return <Ask used={used} text={estimate.problem} label={label} />;
    case "counting":
      return <Counting used={used} estimate={estimate} />;
    case "done":
      return <Lines estimate={estimate} />;
  }
}

/* `isExact`: the check looked at everybody already. */
export function Estimate({ used, isExact }: { used: UsedEstimate; isExact: boolean }) {
  const { t } = useTranslation("campaign-edit");
  return (
    <PanelSection title={t("estimate.title")} className={styles.estimate}>
      {used.error !== null && <ErrorView error={used.error} onAgain={used.again} inline />}
      {used.estimate !== undefined && <Stage used={used} estimate={used.estimate} isExact={isExact} />}
    </PanelSection>
  );
}
