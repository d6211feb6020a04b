/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How many, how much, how long. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Figures } from "@/shared/ui/Figures";
import { Panel } from "@/shared/ui/Page";
import { Duration, Money, Num, Time } from "@/shared/ui/values";
import { formatMoney, formatPercent } from "@/shared/lib/format";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { cheapest } from "./cheapest";
import type { Draft } from "./draft";
import type { Check } from "./queries";
import styles from "./CheckStep.module.css";

/* What the spelling saves against the text as it is written. */
function useSpelled(spelling: Draft["spelling"], check: Check): { money: string } | undefined {
  const language = useLanguage();
  const written = check.spellings.find((one) => one.spelling === "as_is");
  if (spelling === "as_is" || written === undefined) return undefined;
  const saved = Number(written.cost) - Number(check.cost);
  return saved > 0 ? { money: formatMoney(saved.toFixed(2), language) } : undefined;
}

/* Another spelling that would cost less. */
function Offer({ spelling, check }: { spelling: Draft["spelling"]; check: Check }) {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  const other = cheapest(spelling, check);
  if (other === null) return null;
  return <p className={styles.note}>{t(`check.offer_${other.spelling}`, { money: formatMoney(other.saved.toFixed(2), language), share: formatPercent(other.share, language) })}</p>;
}

function useFigures(spelling: Draft["spelling"], check: Check) {
  const { t } = useTranslation("campaign-edit");
  const spelled = useSpelled(spelling, check);
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
      spelled === undefined ? undefined : t("check.spelled", spelled),
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

export function CheckFigures({ spelling, check }: { spelling: Draft["spelling"]; check: Check }) {
  const { t } = useTranslation("campaign-edit");
  return (
    <Panel className={styles.figures ?? ""}>
      <Figures figures={useFigures(spelling, check)} />
      <Offer spelling={spelling} check={check} />
      {!check.exact && <p className={styles.note}>{t("check.estimate")}</p>}
    </Panel>
  );
}
