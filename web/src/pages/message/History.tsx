/* SPDX-License-Identifier: AGPL-3.0-or-later */
import CheckOutlined from "@ant-design/icons/es/icons/CheckOutlined";
import CloseOutlined from "@ant-design/icons/es/icons/CloseOutlined";
import QuestionOutlined from "@ant-design/icons/es/icons/QuestionOutlined";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "@/api/types";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatTime } from "@/shared/lib/format";
import { meaningOf } from "@/shared/lib/smpp";
import { useReason } from "@/shared/ui/reason";
import { Time } from "@/shared/ui/values";
import { isExplained, partsOf, stepsOf, toldAs, type Step, type Tone } from "./history";
import styles from "./Message.module.css";

/* The step itself says it in words; the sign helps the eye. */
const signs: Record<Tone, ComponentType | null> = { plain: null, good: CheckOutlined, bad: CloseOutlined, doubt: QuestionOutlined };
const tones: Record<Tone, string | undefined> = { plain: styles.plain, good: styles.good, bad: styles.bad, doubt: styles.doubt };

/* Why the operator refused, or why the message was left out or is tried again. */
function useWhy(step: Step): string | null {
  const { t } = useTranslation("message");
  const why = useReason();
  const [{ event, status, reason }] = step.events;
  if (event === "refused") {
    const meaning = meaningOf(status);
    return meaning === null ? null : t(`smpp.${meaning}`, { ns: "common" });
  }
  return reason === null || reason === undefined ? null : why(reason);
}

function useDetails(step: Step): string[] {
  const { t } = useTranslation("message");
  const language = useLanguage();
  const inSeconds = (time: string) => formatTime(time, language, undefined, "HH:mm:ss");
  const byPart = step.events.toSorted((a, b) => (a.part ?? 0) - (b.part ?? 0));
  return byPart.flatMap((event) => {
    const part = event.part === undefined || event.part === 0 ? "" : t("detail.part", { part: event.part });
    const facts = [
      event.status !== undefined && t("detail.status", { status: event.status }),
      event.provider_id !== undefined && t("detail.provider_id", { id: event.provider_id }),
      typeof event.error === "string" && event.error !== "" && t("detail.error", { error: event.error }),
      typeof event.done_at === "string" && t("detail.done_at", { time: inSeconds(event.done_at) }),
      typeof event.settled_at === "string" && t("detail.settled_at", { time: inSeconds(event.settled_at) }),
    ].filter((fact) => fact !== false);
    return facts.length === 0 ? [] : [[part, ...facts].filter((fact) => fact !== "").join(" · ")];
  });
}

function Details({ step }: { step: Step }) {
  const { t } = useTranslation("message");
  const details = useDetails(step);
  if (details.length === 0) return null;
  return (
    <details className={styles.details}>
      <summary>{t("step_details")}</summary>
      <ul>
        {details.map((detail, i) => (
          <li key={i}>{detail}</li>
        ))}
      </ul>
    </details>
  );
}

function StepItem({ step, message, asOf }: { step: Step; message: Message; asOf: number }) {
  const { t } = useTranslation("message");
  const { key, tone } = toldAs(step, { isOfCampaign: typeof message.campaign_name === "string", now: asOf });
  const [{ account, attempt }] = step.events;
  const why = useWhy(step);
  const parts = partsOf(step, message.parts ?? 1);
  const Sign = signs[tone];
  return (
    <li className={styles.step}>
      <span className={`${styles.sign ?? ""} ${tones[tone] ?? ""}`} aria-hidden>
        {Sign !== null && <Sign />}
      </span>
      <div className={styles.told}>
        <p className={styles.stepTitle}>
          {t(`step.${key}`, { account: account ?? "", attempt: attempt ?? 1, campaign: message.campaign_name ?? "" })}
          {parts !== null && <span className={styles.quiet}> · {t("parts_of", { count: parts.count, numbers: parts.numbers, total: message.parts ?? 1 })}</span>}
        </p>
        {why !== null && <p>{why}</p>}
        {isExplained(key) && <p className={styles.quiet}>{t(`explained.${key}`)}</p>}
        <Details step={step} />
      </div>
      <span className={styles.at}>
        <Time value={step.at} seconds />
      </span>
    </li>
  );
}

/* `asOf` is when the server said all this, in ms. */
export function History({ message, asOf }: { message: Message; asOf: number }) {
  const { t } = useTranslation("message");
  return (
    <ol className={styles.steps} aria-label={t("history")}>
      {stepsOf(message.history ?? []).map((step, i) => (
        <StepItem key={i} step={step} message={message} asOf={asOf} />
      ))}
    </ol>
  );
}
