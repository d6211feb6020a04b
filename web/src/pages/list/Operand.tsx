/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a condition compares with. */
import Input from "antd/es/input";
import InputNumber from "antd/es/input-number";
import Select from "antd/es/select";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber } from "@/shared/lib/format";
import { useBuilder } from "./builder-context";
import { operandOf, type Catalog, type Criterion, type Members } from "./catalog";
import { useBreakdown, type Grouping } from "./queries";
import type { Put } from "./RuleRow";
import { useWords } from "./sentence";
import styles from "./Builder.module.css";

interface OperandProps {
  criterion: Criterion;
  op: string;
  members: Members;
  put: Put;
}

/* --- values to choose from */

const groupings: ReadonlySet<string> = new Set<Grouping>(["language", "region", "city", "time_zone", "branch", "status", "segment", "manager", "loyalty_tier"]);

function isGrouping(code: string): code is Grouping {
  return groupings.has(code);
}

/* What the service itself knows; undefined: any text may stand there. */
function knownValues(catalog: Catalog, { code, kind }: Criterion): readonly string[] | undefined {
  if (kind === "sex") return ["male", "female"];
  if (code === "number_operator") return catalog.operators;
  if (code === "number_region") return catalog.regions;
  if (code === "number_zone") return catalog.zones;
  return undefined;
}

/* The values most clients have: nobody knows by heart how segments are written. Asked for when they are looked at. */
function useUsual({ code }: Criterion, isAsked: boolean) {
  const language = useLanguage();
  const by: readonly Grouping[] = isGrouping(code) ? [code] : [];
  const { data } = useBreakdown(null, by, isAsked && by.length > 0);
  return (data?.[0]?.groups ?? []).map(({ value, clients }) => ({ value, label: value, size: formatNumber(clients, language) }));
}

const valuesMax = 1000;
const valueMax = 200;

function Values({ criterion, members, put }: OperandProps) {
  const { t } = useTranslation("list");
  const { catalog } = useBuilder();
  const words = useWords();
  const [isLookedAt, setLookedAt] = useState(false);
  const usual = useUsual(criterion, isLookedAt);
  const known = knownValues(catalog, criterion);
  return (
    <Select<string[], { value: string; label: string; size?: string }>
      className={styles.values ?? ""}
      mode={known === undefined ? "tags" : "multiple"}
      aria-label={t("operand.values")}
      placeholder={known === undefined ? t("operand.type_values") : t("operand.choose_values")}
      value={members.values ?? []}
      options={known === undefined ? usual : known.map((value) => ({ value, label: words.value(value) }))}
      optionRender={({ data, label }) => (
        <span className={styles.option}>
          <span>{label}</span>
          {data.size !== undefined && <span className={styles.size}>{data.size}</span>}
        </span>
      )}
      showSearch={{ optionFilterProp: "label" }}
      tokenSeparators={[";", "\n"]}
      maxCount={valuesMax}
      notFoundContent={known === undefined ? t("operand.type_and_enter") : t("operand.nothing")}
      onFocus={() => setLookedAt(true)}
      onChange={(values) => put({ values: values.map((value) => value.trim().slice(0, valueMax)).filter((value) => value !== "") })}
    />
  );
}

/* --- one value */

function NumberField({ label, value, onChange }: { label: string; value: Members["value"]; onChange: (value: number | undefined) => void }) {
  const language = useLanguage();
  return (
    <InputNumber<number>
      className={styles.number ?? ""}
      aria-label={label}
      placeholder={label}
      value={typeof value === "number" ? value : null}
      decimalSeparator={language === "ru" ? "," : "."}
      controls={false}
      onChange={(typed) => onChange(typed ?? undefined)}
    />
  );
}

function DayField({ label, value, onChange }: { label: string; value: Members["value"]; onChange: (value: string | undefined) => void }) {
  return <Input type="date" className={styles.day ?? ""} aria-label={label} value={typeof value === "string" ? value : ""} onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)} />;
}

function TextField({ label, value, onChange }: { label: string; value: Members["value"]; onChange: (value: string | undefined) => void }) {
  return (
    <Input className={styles.values ?? ""} aria-label={label} placeholder={label} value={typeof value === "string" ? value : ""} maxLength={valueMax} autoComplete="off" spellCheck={false} onChange={({ target }) => onChange(target.value)} />
  );
}

interface ScalarProps {
  criterion: Criterion;
  label: string;
  value: Members["value"];
  onChange: (value: Members["value"]) => void;
}

function Scalar({ criterion: { kind }, ...rest }: ScalarProps): ReactNode {
  if (kind === "number") return <NumberField {...rest} />;
  if (kind === "date") return <DayField {...rest} />;
  return <TextField {...rest} />;
}

function Range({ criterion, members, put }: OperandProps) {
  const { t } = useTranslation("list");
  const isDay = criterion.kind === "date";
  return (
    <span className={styles.words}>
      {isDay ? t("period.since") : t("operand.from")}
      <Scalar criterion={criterion} label={t("operand.from_label")} value={members.from} onChange={(from) => put({ from })} />
      {isDay ? t("period.until") : t("operand.to")}
      <Scalar criterion={criterion} label={t("operand.to_label")} value={members.to} onChange={(to) => put({ to })} />
    </span>
  );
}

const daysMax = 3660;

function DaysField({ members, put }: OperandProps) {
  const { t } = useTranslation("list");
  return (
    <span className={styles.words}>
      <InputNumber<number>
        className={styles.short ?? ""}
        aria-label={t("period.days_label")}
        value={members.days ?? null}
        min={1}
        max={daysMax}
        precision={0}
        controls={false}
        onChange={(days) => put({ days: days ?? undefined })}
      />
      {t("period.days", { count: members.days ?? 0 })}
    </span>
  );
}

export function Operand(props: OperandProps): ReactNode {
  const { t } = useTranslation("list");
  const { criterion, op, members, put } = props;
  switch (operandOf(op)) {
    case "none":
      return null;
    case "values":
      return <Values {...props} />;
    case "range":
      return <Range {...props} />;
    case "days":
      return <DaysField {...props} />;
    case "value":
      return <Scalar criterion={criterion} label={t("operand.value")} value={members.value} onChange={(value) => put({ value })} />;
  }
}
