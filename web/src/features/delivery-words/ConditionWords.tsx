/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { Conditions } from "./conditions";
import { useConditions } from "./useConditions";
import styles from "./Words.module.css";

/* Whom a price is for in the first line, what else must hold in the second. */
export function ConditionWords({ row }: { row: Conditions }) {
  const { t } = useTranslation("delivery-words");
  const { whom, rest } = useConditions();
  const more = rest(row);
  return (
    <>
      <span className={styles.whom}>{whom(row)}</span>
      <p className={styles.quiet}>{more === "" ? t("any_message") : more}</p>
    </>
  );
}
