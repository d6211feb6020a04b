/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What forbids launching, what should be known, each with the way to where it is set right. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { stepOf, type Field, type Step } from "./draft";
import type { Check } from "./queries";
import type { UsedDraft } from "./useDraft";
import styles from "./CheckStep.module.css";

interface Remark {
  message: string;
  step: Step | undefined;
}

export function Remarks({ kind, title, remarks, onStep }: { kind: "error" | "warning"; title: string; remarks: readonly Remark[]; onStep: (step: Step) => void }) {
  const { t } = useTranslation("campaign-edit");
  if (remarks.length === 0) return null;
  return (
    <Alert
      type={kind}
      showIcon
      title={title}
      description={
        <ul className={styles.remarks}>
          {remarks.map(({ message, step }, i) => (
            <li key={i}>
              <span>{message}</span>
              {step !== undefined && (
                <Button size="small" onClick={() => onStep(step)}>
                  {t("check.to_step", { step: t(`steps.${step}`) })}
                </Button>
              )}
            </li>
          ))}
        </ul>
      }
    />
  );
}

/* What the page knows itself comes first: the server sees only what could be saved. */
export function useProblems(used: UsedDraft, check: Check | undefined): Remark[] {
  const { t } = useTranslation("campaign-edit");
  const own = (Object.keys(used.wrongs) as Field[]).flatMap((field) => {
    const wrong = used.wrongs[field];
    return wrong === undefined ? [] : [{ field, message: t(`wrong.${wrong}`) }];
  });
  const told = (check?.problems ?? []).filter(({ field }) => !own.some((problem) => problem.field === field));
  return [...own, ...told].map(({ field, message }) => ({ message, step: stepOf(field) }));
}

const stepOfWarning: Partial<Record<Check["warnings"][number]["kind"], Step>> = { night: "when", late: "when", expensive_character: "what", advertising_words: "what" };

export function warningsOf(check: Check | undefined): Remark[] {
  return (check?.warnings ?? []).map(({ kind, message }) => ({ message, step: stepOfWarning[kind] }));
}
