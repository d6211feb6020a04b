/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Radio from "antd/es/radio";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Imports.module.css";

export type OnError = "refuse" | "skip";

/* What becomes of rows with errors. */
export function OnErrorField({ value, willBeRefused, onChange }: { value: OnError; willBeRefused: boolean; onChange: (value: OnError) => void }) {
  const { t } = useTranslation("imports");
  const id = useId();
  return (
    <div className={styles.fieldset}>
      <span id={id} className={styles.label}>
        {t("on_error.label")}
      </span>
      <Radio.Group
        aria-labelledby={id}
        className={styles.radios ?? ""}
        value={value}
        onChange={(event) => onChange(event.target.value === "skip" ? "skip" : "refuse")}
        options={[
          { value: "refuse", label: t("on_error.refuse") },
          { value: "skip", label: t("on_error.skip") },
        ]}
      />
      {value === "refuse" && willBeRefused && <p className={styles.wrong}>{t("on_error.will_be_refused")}</p>}
    </div>
  );
}
