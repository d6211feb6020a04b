/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which letters and signs the text is sent in, with what each way would save. */
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatMoney, formatPercent } from "@/shared/lib/format";
import { Choice, Choices } from "@/shared/ui/Choice";
import type { Preview } from "./queries";
import { savingsOf, spellings, type Saving, type Spelling } from "./spelling";
import { usePartsRange } from "./usePartsRange";
import styles from "./SpellingField.module.css";

interface SpellingFieldProps {
  value: Spelling;
  onChange: (spelling: Spelling) => void;
  preview: Preview | undefined;
  /* Whom the text is for; undefined while nobody can tell. */
  clients: number | undefined;
}

/* What this way means for the text at hand. */
function Effect({ saving, spelling, clients }: { saving: Saving; spelling: Spelling; clients: number | undefined }) {
  const { t } = useTranslation("message-text");
  const language = useLanguage();
  const range = usePartsRange();
  if (saving.parts === null) return null;
  const parts = range(saving.parts);
  if (spelling === "as_is") return <>{parts}</>;
  if (!saving.isOther) return <>{t("spelling.same")}</>;
  if (saving.share === 0) return <>{`${parts}, ${t("spelling.no_cheaper")}`}</>;
  const money = clients === undefined ? 0 : saving.each * clients;
  return (
    <>
      {parts}, <strong className={styles.saves}>{t("spelling.saves", { share: formatPercent(saving.share, language) })}</strong>
      {clients !== undefined && money > 0 && <span className={styles.money}>{t("spelling.money", { count: clients, money: formatMoney(money.toFixed(2), language) })}</span>}
    </>
  );
}

export function SpellingField({ value, onChange, preview, clients }: SpellingFieldProps) {
  const { t } = useTranslation("message-text");
  const group = useId();
  const savings = savingsOf(preview);
  return (
    <div className={styles.field}>
      <p className={styles.title}>{t("spelling.label")}</p>
      <Choices title={t("spelling.label")}>
        {spellings.map((spelling) => {
          const saving = savings.get(spelling);
          return (
            <Choice
              key={spelling}
              group={group}
              isChosen={value === spelling}
              onChoose={() => onChange(spelling)}
              label={
                <span className={styles.option}>
                  <span>{t(`spelling.${spelling}`)}</span>
                  <span className={styles.note}>{t(`spelling.${spelling}_note`)}</span>
                  {saving?.parts != null && (
                    <span className={styles.effect}>
                      <Effect saving={saving} spelling={spelling} clients={clients} />
                    </span>
                  )}
                </span>
              }
            />
          );
        })}
      </Choices>
    </div>
  );
}
