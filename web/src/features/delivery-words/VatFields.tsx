/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether the figures of a file have VAT within them, and which. */
import Input from "antd/es/input";
import Radio from "antd/es/radio";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/shared/ui/Field";
import { rateOf, type Vat, type VatDraft } from "./sheet";
import styles from "./Words.module.css";

export function VatFields({ draft, onChange, wrong }: { draft: VatDraft; onChange: (change: Partial<VatDraft>) => void; wrong?: string | undefined }) {
  const { t } = useTranslation("delivery-words");
  const id = useId();
  const isWrong = rateOf(draft.rate) === null;
  return (
    <>
      <div className={styles.group}>
        <span id={id} className={styles.label}>
          {t("vat.label")}
        </span>
        <Radio.Group
          aria-labelledby={id}
          value={draft.vat}
          options={[
            { value: "included", label: t("vat.included") },
            { value: "excluded", label: t("vat.excluded") },
          ]}
          onChange={({ target }) => onChange({ vat: target.value as Vat })}
        />
      </div>
      <Field label={t("vat.rate")} note={t("vat.rate_note")} wrong={wrong ?? (isWrong ? t("vat.rate_wrong") : undefined)}>
        {(props) => <Input {...props} className={styles.short ?? ""} value={draft.rate} inputMode="decimal" autoComplete="off" onChange={({ target }) => onChange({ rate: target.value })} />}
      </Field>
    </>
  );
}
