/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* When? At once or at a time; how fast and how long, for who wants to say. */
import Button from "antd/es/button";
import Checkbox from "antd/es/checkbox";
import Input from "antd/es/input";
import Select from "antd/es/select";
import dayjs from "dayjs";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDuration, formatTime } from "@/shared/lib/format";
import { Choice, Choices } from "@/shared/ui/Choice";
import { Field } from "@/shared/ui/Field";
import { Panel } from "@/shared/ui/Page";
import { Question } from "./Question";
import { dayAndHour, isNight, isoOf, proposals, zoneName, type DayAndHour } from "./dates";
import type { Draft, Wrongs } from "./draft";
import { useCheck, useSendingRules, type Check } from "./queries";
import { rulesFor } from "./rules";
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

function AfterHoursField({ value, onChange }: { value: Draft["after_hours"]; onChange: Change }) {
  const { t } = useTranslation("campaign-edit");
  return (
    <Field label={t("when.after_hours")} note={t(`when.after_hours_note.${value}`)}>
      {(props) => (
        <Select<Draft["after_hours"]>
          {...props}
          className={styles.control ?? ""}
          value={value}
          options={(["move", "cancel"] as const).map((how) => ({ value: how, label: t(`when.after_hours_how.${how}`) }))}
          onChange={(after_hours) => onChange({ after_hours })}
        />
      )}
    </Field>
  );
}

const reasonMax = 500;

/* Everybody on the list gets it, however much they got before: for a reason that stays with the campaign. */
function ExemptField({ draft, wrong, onChange }: { draft: Draft; wrong: string | undefined; onChange: Change }) {
  const { t } = useTranslation("campaign-edit");
  const reason = draft.cap_exempt;
  if (draft.category === "debt") return <p className={styles.note}>{t("when.exempt_debt")}</p>;
  return (
    <div className={styles.exempt}>
      <Checkbox checked={reason !== null} onChange={({ target }) => onChange({ cap_exempt: target.checked ? "" : null })}>
        {t("when.exempt")}
      </Checkbox>
      {reason !== null && (
        <Field label={t("when.exempt_reason")} note={t("when.exempt_note")} wrong={wrong}>
          {(props) => <Input {...props} value={reason} maxLength={reasonMax} autoComplete="off" onChange={({ target }) => onChange({ cap_exempt: target.value })} />}
        </Field>
      )}
    </div>
  );
}

function More({ draft, wrongs, onChange }: { draft: Draft; wrongs: Wrongs; onChange: Change }) {
  const { t } = useTranslation("campaign-edit");
  const isPlain = draft.pace_per_min === null && draft.validity_s === 86_400 && draft.after_hours === "move" && draft.cap_exempt === null;
  return (
    <details className={styles.more} open={!isPlain || undefined}>
      <summary>{t("when.more")}</summary>
      <div className={styles.fields}>
        <PaceField pace={draft.pace_per_min} onChange={onChange} />
        <ValidityField validity={draft.validity_s} onChange={onChange} />
        <AfterHoursField value={draft.after_hours} onChange={onChange} />
      </div>
      <ExemptField draft={draft} wrong={wrongs.cap_exempt && t(`wrong.${wrongs.cap_exempt}`)} onChange={onChange} />
    </details>
  );
}

/* --- what the rules say --- */

/* When messages of this kind may leave, and how many a client gets; nothing for who may not see the rules. */
function Rules({ category }: { category: Draft["category"] }) {
  const { t } = useTranslation("campaign-edit");
  const { data } = useSendingRules(useRight("rules.read"));
  if (data === undefined || category === null) return null;
  const { hours, limits } = rulesFor(data, category);
  const said = [
    ...(hours === undefined ? [] : [t("when.hours", { opens: hours.opens, closes: hours.closes })]),
    ...(hours === undefined || hours.off === "same" ? [] : [hours.off === null ? t("when.hours_off_none") : t("when.hours_off", { ...hours.off })]),
    ...limits.map(({ per, count }) => t(`when.limit.${per}`, { count })),
  ];
  return said.length === 0 ? null : <p className={styles.note}>{said.join(" ")}</p>;
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
        <Rules category={draft.category} />
        <More draft={draft} wrongs={wrongs} onChange={change} />
        <p className={styles.forecast} role="status">
          {canCount ? forecast(check.data) : t("when.no_text")}
        </p>
      </Panel>
    </Question>
  );
}
