/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useTranslation } from "react-i18next";
import type { ApiProblem } from "@/api/problem";
import type { Tariff } from "@/api/types";
import { FileField } from "@/features/delivery-words/FileField";
import { OwnerField } from "@/features/delivery-words/OwnerField";
import { VatFields } from "@/features/delivery-words/VatFields";
import { Field } from "@/shared/ui/Field";
import type { Draft } from "./draft";
import styles from "./TariffLoad.module.css";

interface Props {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  problem: ApiProblem | null;
}

function Rare({ draft, onChange, problem }: Props) {
  const { t } = useTranslation("tariff-load");
  return (
    <details className={styles.rare}>
      <summary>{t("rare")}</summary>
      <div className={styles.pair}>
        <Field label={t("unit.label")}>
          {(props) => <Select<Tariff["unit"]> {...props} value={draft.unit} options={(["part", "message"] as const).map((value) => ({ value, label: t(`unit.${value}`) }))} onChange={(unit) => onChange({ unit })} />}
        </Field>
        <Field label={t("charge.label")}>
          {(props) => (
            <Select<Tariff["charge_on"]> {...props} value={draft.chargeOn} options={(["acceptance", "delivery"] as const).map((value) => ({ value, label: t(`charge.${value}`) }))} onChange={(chargeOn) => onChange({ chargeOn })} />
          )}
        </Field>
        <Field label={t("currency.label")} note={t("currency.note")} wrong={problem?.expected("currency")}>
          {(props) => <Input {...props} className={styles.short ?? ""} value={draft.currency} maxLength={3} autoComplete="off" spellCheck={false} placeholder="RUB" onChange={({ target }) => onChange({ currency: target.value.toUpperCase() })} />}
        </Field>
      </div>
    </details>
  );
}

export function LoadForm(props: Props) {
  const { t } = useTranslation("tariff-load");
  const { draft, onChange, problem } = props;
  return (
    <>
      <div className={styles.pair}>
        <OwnerField value={draft.owner} onChange={(owner) => onChange({ owner })} wrong={problem?.expected("account") ?? problem?.expected("provider")} note={t("owner_note")} />
        <Field label={t("from")} note={t("from_note")} wrong={problem?.expected("from")}>
          {(field) => <Input {...field} className={styles.day ?? ""} type="date" value={draft.from} onChange={({ target }) => onChange({ from: target.value })} />}
        </Field>
        <VatFields draft={draft} onChange={onChange} wrong={problem?.expected("vat_rate")} />
      </div>
      <Rare {...props} />
      <FileField file={draft.file} onChoose={(file) => onChange({ file })} note={t("file_note")} />
    </>
  );
}
