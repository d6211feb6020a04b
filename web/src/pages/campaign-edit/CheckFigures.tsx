/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How many, how much, how long. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Figures } from "@/shared/ui/Figures";
import { Panel } from "@/shared/ui/Page";
import { Duration, Money, Num, Time } from "@/shared/ui/values";
import type { Check } from "./queries";
import styles from "./CheckStep.module.css";

function useFigures(check: Check) {
  const { t } = useTranslation("campaign-edit");
  const about = check.exact ? "" : "≈ ";
  const figure = (label: string, value: ReactNode, note?: ReactNode) => ({ label, value, ...(note === undefined ? {} : { note }) });
  return [
    figure(
      t("check.recipients"),
      <>
        {about}
        <Num value={check.recipients} />
      </>,
      <>{t("check.of_clients", { count: check.clients })}</>,
    ),
    figure(
      t("check.parts"),
      <>
        {about}
        <Num value={check.parts} />
      </>,
      check.parts_per_message === null ? undefined : (
        <>
          <Num value={check.parts_per_message} decimals={Number.isInteger(check.parts_per_message) ? 0 : 2} /> {t("check.per_message")}
        </>
      ),
    ),
    figure(
      t("check.cost"),
      <>
        {about}
        <Money value={check.cost} />
      </>,
    ),
    figure(
      t("check.duration"),
      check.duration_s === null ? (
        "—"
      ) : (
        <>
          {about}
          <Duration seconds={Math.max(1, check.duration_s)} />
        </>
      ),
      check.ends_at === null ? (
        t("check.end_unknown")
      ) : (
        <>
          {t("check.ends")} <Time value={check.ends_at} />
        </>
      ),
    ),
  ];
}

export function CheckFigures({ check }: { check: Check }) {
  const { t } = useTranslation("campaign-edit");
  return (
    <Panel className={styles.figures ?? ""}>
      <Figures figures={useFigures(check)} />
      {!check.exact && <p className={styles.note}>{t("check.estimate")}</p>}
    </Panel>
  );
}
