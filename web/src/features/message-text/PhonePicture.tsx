/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The message as a client will see it, one client after another. */
import LeftOutlined from "@ant-design/icons/es/icons/LeftOutlined";
import RightOutlined from "@ant-design/icons/es/icons/RightOutlined";
import Button from "antd/es/button";
import { Fragment, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Phone } from "@/shared/ui/values";
import { split, type Part, type RefBits } from "./parts";
import type { Sample } from "./queries";
import { useFieldName } from "./useFieldName";
import styles from "./PhonePicture.module.css";

export interface Picked {
  samples: readonly Sample[];
  index: number;
  sample: Sample | undefined;
  pick: (index: number) => void;
}

/* Which of the samples is looked at. */
export function usePicked(samples: readonly Sample[]): Picked {
  const [wanted, pick] = useState(0);
  const index = Math.min(wanted, Math.max(0, samples.length - 1));
  return { samples, index, sample: samples[index], pick };
}

/* The operator decides how much room the parts' number takes: as much as explains the sender's count. */
function partsOf(text: string, count: number): readonly Part[] {
  const ways: RefBits[] = [8, 16];
  const found = ways.map((bits) => split(text, bits).parts).find((parts) => parts.length === count);
  return found ?? split(text).parts;
}

function Bubble({ text, count }: { text: string; count: number }) {
  const { t } = useTranslation("message-text");
  const parts = partsOf(text, count);
  return (
    <p className={styles.bubble}>
      {parts.map((part, i) => (
        <Fragment key={part.from}>
          {parts.length > 1 && (
            <span className={styles.cut}>
              <span className="visually-hidden">{t("phone.part", { number: i + 1 })} </span>
              <span aria-hidden>{i + 1}</span>
            </span>
          )}
          <span className={i % 2 === 1 ? styles.odd : undefined}>{text.slice(part.from, part.to)}</span>
        </Fragment>
      ))}
    </p>
  );
}

function NoText({ sample }: { sample: Sample }) {
  const { t } = useTranslation("message-text");
  const fieldName = useFieldName();
  return <p className={styles.nothing}>{sample.missing === null ? t("phone.empty_text") : t("phone.missing", { name: fieldName(sample.missing).toLowerCase() })}</p>;
}

function Steps({ picked }: { picked: Picked }) {
  const { t } = useTranslation("message-text");
  const { samples, index, sample, pick } = picked;
  const step = (by: number) => pick((index + by + samples.length) % samples.length);
  const single = samples.length < 2;
  return (
    <div className={styles.steps}>
      <Button icon={<LeftOutlined />} aria-label={t("phone.previous")} disabled={single} onClick={() => step(-1)} />
      <div className={styles.whose}>
        <p className={styles.client}>{sample?.client ?? "\u00a0"}</p>
        <p className={styles.quiet}>
          {sample === undefined ? "\u00a0" : <Phone value={sample.phone} />}
          {sample !== undefined && sample.parts > 0 && <> · {t("parts", { ns: "common", count: sample.parts })}</>}
        </p>
      </div>
      <Button icon={<RightOutlined />} aria-label={t("phone.next")} disabled={single} onClick={() => step(1)} />
    </div>
  );
}

/* Straight to the samples that show what may go wrong. */
function Kinds({ picked }: { picked: Picked }) {
  const { t } = useTranslation("message-text");
  const { samples, index, pick } = picked;
  return (
    <div className={styles.kinds} role="group" aria-label={t("phone.kinds")}>
      {(["first", "longest", "shortest", "emptiest"] as const).map((kind) => {
        const at = samples.findIndex((sample) => sample.kind === kind);
        return (
          <button key={kind} type="button" className={styles.kind} aria-pressed={at >= 0 && at === index} disabled={at < 0} onClick={() => pick(at)}>
            {t(`phone.${kind}`)}
          </button>
        );
      })}
    </div>
  );
}

interface PhonePictureProps {
  picked: Picked;
  sender: string;
  /* Stands in the bubble's place while there is nobody to show. */
  empty: ReactNode;
  isStale?: boolean;
  /* Tells it from another one on the page. */
  label?: string;
}

export function PhonePicture({ picked, sender, empty, isStale = false, label }: PhonePictureProps) {
  const { t } = useTranslation("message-text");
  const { sample } = picked;
  return (
    <section className={styles.picture} aria-label={label ?? t("phone.title")}>
      <div className={styles.phone}>
        <p className={styles.sender}>{sender === "" ? t("phone.no_sender") : sender}</p>
        <div className={styles.screen} data-stale={isStale}>
          {sample === undefined && <p className={styles.nothing}>{empty}</p>}
          {sample?.text === null && <NoText sample={sample} />}
          {typeof sample?.text === "string" && <Bubble text={sample.text} count={sample.parts} />}
        </div>
      </div>
      <Steps picked={picked} />
      <Kinds picked={picked} />
    </section>
  );
}
