/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* When? At once or at a time; how fast and how long, for who wants to say. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import Select from "antd/es/select";
import dayjs from "dayjs";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDuration, formatTime } from "@/shared/lib/format";
import { Panel } from "@/shared/ui/Page";
import { Choice, Choices } from "./Choice";
import { Field } from "@/shared/ui/Field";
import { Question } from "./Question";
import { dayAndHour, isNight, isoOf, proposals, zoneName, type DayAndHour } from "./dates";
import type { Draft, Wrongs } from "./draft";
import { useCheck, type Check } from "./queries";
import type { UsedDraft } from "./useDraft";
import styles from "./WhenStep.module.css";

type Change = (change: Partial<Draft>) => void;

/* Native fields: every telephone has its own good way to choose a day. While one is half typed the last
 * whole time holds. */
function TimeFields({ startAt, wrong, onChange }: { startAt: string; wrong: string | undefined; onChange: (iso: string) => void }) {
  const { t } = useTranslation("campaign-edit");
  const [typed, setTyped] = useState<DayAndHour>(() => dayAndHour(startAt));
  const take = (change: Partial<DayAndHour>) => {
    const now = { ...typed, ...change };
    setTyped(now);
    const iso = isoOf(now);
    if (iso !== null) onChange(iso);
  };
  const restore = () => setTyped(dayAndHour(startAt));
  return (
    <div className={styles.fields}>
      <Field label={t("when.day")} wrong={wrong}>
        {(props) => <Input {...props} type="date" size="large" value={typed.day} min={dayAndHour(dayjs().toISOString()).day} onChange={(event) => take({ day: event.target.value })} onBlur={restore} />}
      </Field>
      <Field label={t("when.hour")}>
        {(props) => <Input {...props} type="time" size="large" value={typed.hour} onChange={(event) => take({ hour: event.target.value })} onBlur={restore} />}
      </Field>
    </div>
  );
}

function Later({ draft, wrong, onChange }: { draft: Draft; wrong: string | undefined; onChange: Change }) {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  const [chosen, setChosen] = useState(0);
  const startAt = draft.start_at ?? "";
  const isLawful = draft.category === "transactional" || draft.category === "emergency" || !isNight(startAt);
  return (
    <div className={styles.later}>
      <div className={styles.proposals} role="group" aria-label={t("when.proposals")}>
        {proposals(dayjs()).map(({ key, time }) => (
          <Button
            key={key}
            onClick={() => {
              onChange({ start_at: time.toISOString() });
              setChosen(chosen + 1);
            }}
          >
            {t(`when.${key}`, { time: time.format("HH:mm") })}
          </Button>
        ))}
      </div>
      <TimeFields key={chosen} startAt={startAt} wrong={wrong} onChange={(start_at) => onChange({ start_at })} />
      <p className={styles.note}>{t("when.zone", { zone: zoneName(language, new Date(startAt)) })}</p>
      {!isLawful && <p className={styles.warning}>{t("when.night")}</p>}
    </div>
  );
}

function Moment({ name, text, isChosen, onChoose, children }: { name: string; text: string; isChosen: boolean; onChoose: () => void; children?: ReactNode }) {
  const label = (
    <span>
      <span className={styles.choiceName}>{name}</span>
      <span className={styles.choiceText}>{text}</span>
    </span>
  );
  return (
    <Choice group="start" label={label} isChosen={isChosen} onChoose={onChoose}>
      {isChosen && children}
    </Choice>
  );
}

/* --- more --- */

const hour = 3600;
const validities = [1, 3, 6, 12, 24, 48, 72, 168].map((hours) => hours * hour);
const paceMax = 100_000_000;

function PaceField({ pace, onChange }: { pace: number | null; onChange: Change }) {
  const { t } = useTranslation("campaign-edit");
  const take = (typed: string) => {
    const digits = typed.replace(/\D/g, "");
    onChange({ pace_per_min: digits === "" || Number(digits) === 0 ? null : Math.min(paceMax, Number(digits)) });
  };
  return (
    <Field label={t("when.pace")} note={t("when.pace_note")}>
      {(props) => <Input {...props} inputMode="numeric" autoComplete="off" value={pace ?? ""} placeholder={t("when.pace_none")} onChange={(event) => take(event.target.value)} />}
    </Field>
  );
}

function ValidityField({ validity, onChange }: { validity: number; onChange: Change }) {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  const all = [...new Set([...validities, validity])].toSorted((a, b) => a - b);
  return (
    <Field label={t("when.validity")} note={t("when.validity_note")}>
      {(props) => (
        <Select<number> {...props} className={styles.control ?? ""} value={validity} options={all.map((value) => ({ value, label: formatDuration(value, language) }))} onChange={(validity_s) => onChange({ validity_s })} />
      )}
    </Field>
  );
}

function More({ draft, onChange }: { draft: Draft; onChange: Change }) {
  const { t } = useTranslation("campaign-edit");
  const isPlain = draft.pace_per_min === null && draft.validity_s === 86_400;
  return (
    <details className={styles.more} open={!isPlain || undefined}>
      <summary>{t("when.more")}</summary>
      <div className={styles.fields}>
        <PaceField pace={draft.pace_per_min} onChange={onChange} />
        <ValidityField validity={draft.validity_s} onChange={onChange} />
      </div>
    </details>
  );
}

/* --- how long it takes --- */

function useForecast(): (check: Check | undefined) => string {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  return (check) => {
    if (check === undefined) return t("when.counting");
    if (check.recipients === 0) return t("when.nobody");
    if (check.duration_s === null || check.ends_at === null) return t("when.unknown");
    return t("when.forecast", {
      count: check.recipients,
      duration: formatDuration(Math.max(1, check.duration_s), language),
      end: formatTime(check.ends_at, language),
    });
  };
}

export function WhenStep({ used, wrongs }: { used: UsedDraft; wrongs: Wrongs }) {
  const { t } = useTranslation("campaign-edit");
  const { saver, snapshot } = used;
  const { draft, id, revision } = snapshot;
  const canCount = used.wrongs.text === undefined;
  const check = useCheck(id, revision, canCount);
  const forecast = useForecast();
  const change: Change = (fields) => saver.edit(fields);
  const first = proposals(dayjs())[0];
  return (
    <Question title={t("when.title")}>
      <Panel className={styles.panel ?? ""}>
        <Choices title={t("when.title")}>
          <Moment name={t("when.now")} text={t("when.now_text")} isChosen={draft.start_at === null} onChoose={() => change({ start_at: null })} />
          <Moment name={t("when.later")} text={t("when.later_text")} isChosen={draft.start_at !== null} onChoose={() => change({ start_at: first?.time.toISOString() ?? null })}>
            <Later draft={draft} wrong={wrongs.start_at && t(`wrong.${wrongs.start_at}`)} onChange={change} />
          </Moment>
        </Choices>
        <More draft={draft} onChange={change} />
        <p className={styles.forecast} role="status">
          {canCount ? forecast(check.data) : t("when.no_text")}
        </p>
      </Panel>
    </Question>
  );
}
