/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a condition also says: which action, which list, in which time. */
import Input from "antd/es/input";
import InputNumber from "antd/es/input-number";
import Select from "antd/es/select";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useBuilder } from "./builder-context";
import { attributesFor, type Criterion, type Members } from "./catalog";
import type { Put } from "./RuleRow";
import { useWords } from "./sentence";
import styles from "./Builder.module.css";

type Take = Criterion["takes"][number];

interface DetailsProps {
  criterion: Criterion;
  members: Members;
  put: Put;
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  options: readonly { value: string; label: string }[];
  onChange: (value: string | undefined) => void;
  /* Nothing need be chosen. */
  isOptional?: boolean;
}

function Choice({ label, value, options, onChange, isOptional = false }: ChoiceProps) {
  return (
    <Select<string | null>
      className={styles.detail ?? ""}
      aria-label={label}
      placeholder={label}
      value={value ?? null}
      options={[...options]}
      allowClear={isOptional}
      showSearch={{ optionFilterProp: "label" }}
      popupMatchSelectWidth={false}
      onChange={(chosen) => onChange(chosen ?? undefined)}
    />
  );
}

const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

const daysMax = 3660;

function Days({ days, onChange }: { days: number | undefined; onChange: (days: number | undefined) => void }) {
  const { t } = useTranslation("list");
  return (
    <span className={styles.words}>
      {t("period.last")}
      <InputNumber<number>
        className={styles.short ?? ""}
        aria-label={t("period.days_label")}
        value={days ?? null}
        min={1}
        max={daysMax}
        precision={0}
        controls={false}
        onChange={(value) => onChange(value ?? undefined)}
      />
      {t("period.days", { count: days ?? 0 })}
    </span>
  );
}

/* --- a period: always, the last days, or from one day to another */

const periods = ["always", "within", "dates"] as const;
type Period = (typeof periods)[number];

function periodOf({ within, since, until }: Members): Period {
  if (within !== undefined) return "within";
  return since !== undefined || until !== undefined ? "dates" : "always";
}

const ofPeriod: Record<Period, Members> = {
  always: { within: undefined, since: undefined, until: undefined },
  within: { within: 90, since: undefined, until: undefined },
  dates: { within: undefined },
};

function Day({ label, day, onChange }: { label: string; day: string | undefined; onChange: (day: string | undefined) => void }) {
  return <Input type="date" className={styles.day ?? ""} aria-label={label} value={day ?? ""} onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)} />;
}

function PeriodFields({ members, put }: Omit<DetailsProps, "criterion">) {
  const { t } = useTranslation("list");
  // Chosen, though no day has been said yet.
  const [period, setPeriod] = useState(periodOf(members));
  const choose = (next: Period) => {
    setPeriod(next);
    put(ofPeriod[next]);
  };
  return (
    <>
      <Select<Period> className={styles.period ?? ""} aria-label={t("period.label")} value={period} options={periods.map((value) => ({ value, label: t(`period.${value}`) }))} popupMatchSelectWidth={false} onChange={choose} />
      {period === "within" && <Days days={members.within} onChange={(within) => put({ within })} />}
      {period === "dates" && (
        <span className={styles.words}>
          {t("period.since")}
          <Day label={t("period.since_label")} day={members.since} onChange={(since) => put({ since })} />
          {t("period.until")}
          <Day label={t("period.until_label")} day={members.until} onChange={(until) => put({ until })} />
        </span>
      )}
    </>
  );
}

/* --- all of them */

function Percent({ members, put }: Omit<DetailsProps, "criterion">) {
  const { t } = useTranslation("list");
  return (
    <InputNumber<number>
      className={styles.number ?? ""}
      aria-label={t("detail.percent")}
      placeholder={t("detail.percent")}
      value={members.percent ?? null}
      min={0}
      max={100}
      precision={2}
      suffix="%"
      controls={false}
      onChange={(percent) => put({ percent: percent ?? undefined })}
    />
  );
}

const seedMax = 40;

function Detail({ take, criterion, members, put }: DetailsProps & { take: Take }): ReactNode {
  const { t } = useTranslation("list");
  const { catalog, lists } = useBuilder();
  const words = useWords();
  switch (take) {
    case "action":
      return <Choice label={t("detail.action")} value={members.action} options={catalog.actions.map((value) => ({ value, label: words.action(value) }))} onChange={(action) => put({ action })} />;
    case "category":
      return catalog.categories.length > 0 && <Choice label={t("detail.category")} value={members.category} options={plain(catalog.categories)} isOptional onChange={(category) => put({ category })} />;
    case "purpose":
      return <Choice label={t("detail.purpose")} value={members.purpose} options={catalog.purposes.map(({ code, name }) => ({ value: code, label: name }))} onChange={(purpose) => put({ purpose })} />;
    case "list":
      return <Choice label={t("detail.list")} value={members.list} options={lists.map(({ id, name }) => ({ value: id, label: name }))} onChange={(list) => put({ list })} />;
    case "attribute":
      return <Choice label={t("detail.attribute")} value={members.attribute} options={plain(attributesFor(catalog, criterion))} onChange={(attribute) => put({ attribute })} />;
    case "within":
      return <Days days={members.within} onChange={(within) => put({ within })} />;
    case "period":
      return <PeriodFields members={members} put={put} />;
    case "percent":
      return <Percent members={members} put={put} />;
    case "seed":
      return (
        <Input
          className={styles.detail ?? ""}
          aria-label={t("detail.seed")}
          placeholder={t("detail.seed")}
          title={t("detail.seed_note")}
          value={members.seed ?? ""}
          maxLength={seedMax}
          autoComplete="off"
          onChange={({ target }) => put({ seed: target.value })}
        />
      );
  }
}

export function Details({ criterion, members, put }: DetailsProps) {
  return criterion.takes.map((take) => <Detail key={`${criterion.code} ${take}`} take={take} criterion={criterion} members={members} put={put} />);
}
