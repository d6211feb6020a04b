/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The four questions; each can be gone to at any time. */
import CheckOutlined from "@ant-design/icons/es/icons/CheckOutlined";
import ExclamationOutlined from "@ant-design/icons/es/icons/ExclamationOutlined";
import { useTranslation } from "react-i18next";
import { stepOf, steps, type Step, type Wrongs } from "./draft";
import styles from "./StepBar.module.css";

type State = "todo" | "done" | "wrong";

const icons = { done: <CheckOutlined />, wrong: <ExclamationOutlined /> };

export function StepBar({ step, wrongs, tried, onStep }: { step: Step; wrongs: Wrongs; tried: ReadonlySet<Step>; onStep: (step: Step) => void }) {
  const { t } = useTranslation("campaign-edit");
  const stateOf = (of: Step): State => {
    if (!tried.has(of) || of === "check") return "todo";
    return Object.keys(wrongs).some((field) => stepOf(field) === of) ? "wrong" : "done";
  };
  return (
    <nav aria-label={t("steps.label")}>
      <ol className={styles.bar}>
        {steps.map((of, i) => {
          const state = of === step ? "todo" : stateOf(of);
          return (
            <li key={of} className={styles.step}>
              <button type="button" className={styles.button} aria-current={of === step ? "step" : undefined} data-state={state} onClick={() => onStep(of)}>
                <span className={styles.sign} aria-hidden>
                  {state === "todo" ? i + 1 : icons[state]}
                </span>
                <span className={styles.title}>{t(`steps.${of}`)}</span>
                {state !== "todo" && <span className="visually-hidden"> — {t(`steps.${state}`)}</span>}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
