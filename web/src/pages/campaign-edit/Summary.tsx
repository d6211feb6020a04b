/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What was set in the steps before, and the way back to each. */
import Button from "antd/es/button";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { PanelSection } from "@/shared/ui/Page";
import { Time } from "@/shared/ui/values";
import type { Draft, Step } from "./draft";
import { useLists, type Check } from "./queries";
import styles from "./CheckStep.module.css";

export function Summary({ draft, check, onStep }: { draft: Draft; check: Check; onStep: (step: Step) => void }) {
  const { t } = useTranslation("campaign-edit");
  const lists = useLists().data;
  const list = draft.list_id === null ? t("whom.all") : (lists?.find(({ id }) => id === draft.list_id)?.name ?? "…");
  const rows: { step: Step; value: ReactNode }[] = [
    { step: "whom", value: list },
    { step: "what", value: [draft.sender, draft.category === null ? "" : t(`kind.${draft.category}`), draft.spelling === "as_is" ? "" : t(`spelling.${draft.spelling}`, { ns: "message-text" })].filter((part) => part !== "").join(" · ") },
    { step: "when", value: draft.start_at === null ? t("when.now") : <Time value={check.starts_at} /> },
  ];
  return (
    <PanelSection title={t("check.settings")} className={styles.summaryPanel}>
      <dl>
        {rows.map(({ step, value }) => (
          <div key={step} className={styles.row}>
            <dt>{t(`steps.${step}`)}</dt>
            <dd>{value}</dd>
            <dd>
              <Button type="link" size="small" aria-label={t("check.change_step", { step: t(`steps.${step}`) })} onClick={() => onStep(step)}>
                {t("check.change")}
              </Button>
            </dd>
          </div>
        ))}
      </dl>
    </PanelSection>
  );
}
