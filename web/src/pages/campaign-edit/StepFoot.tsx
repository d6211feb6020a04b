/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Back and on: at the bottom, where the thumb is. */
import Button from "antd/es/button";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { steps, type Step } from "./draft";
import styles from "./Wizard.module.css";

export function Foot({ back, children }: { back?: (() => void) | undefined; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={styles.foot}>
      {back !== undefined && (
        <Button size="large" onClick={back}>
          {t("actions.back")}
        </Button>
      )}
      {children}
    </div>
  );
}

export function StepFoot({ step, onStep, onNext }: { step: Step; onStep: (step: Step) => void; onNext: () => boolean }) {
  const { t } = useTranslation("campaign-edit");
  const before = steps[steps.indexOf(step) - 1];
  /* What is wrong is on this screen: it takes the caret. */
  const next = () => {
    if (!onNext()) requestAnimationFrame(() => document.querySelector<HTMLElement>("main [aria-invalid='true']")?.focus());
  };
  return (
    <Foot back={before === undefined ? undefined : () => onStep(before)}>
      <Button type="primary" size="large" onClick={next}>
        {t(`next.${step === "check" ? "when" : step}`)}
      </Button>
    </Foot>
  );
}
