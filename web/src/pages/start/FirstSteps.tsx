/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* For who has never sent anything: the three steps, of which the next one has the button. */
import CheckOutlined from "@ant-design/icons/es/icons/CheckOutlined";
import { useTranslation } from "react-i18next";
import type { Campaign } from "@/api/types";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { PanelSection } from "@/shared/ui/Page";
import styles from "./Start.module.css";

interface Step {
  key: "import" | "write" | "launch";
  isDone: boolean;
  to: string;
}

function stepsFor(hasClients: boolean, draft: Campaign | undefined): Step[] {
  const edit = draft === undefined ? "/campaigns/new" : `/campaigns/${draft.id}/edit`;
  return [
    { key: "import", isDone: hasClients, to: "/imports" },
    { key: "write", isDone: draft !== undefined && draft.text !== "", to: edit },
    { key: "launch", isDone: false, to: edit },
  ];
}

function StepItem({ step, number, isNext }: { step: Step; number: number; isNext: boolean }) {
  const { t } = useTranslation("start");
  return (
    <li className={styles.step} aria-current={isNext ? "step" : undefined}>
      <span className={step.isDone ? styles.stepDone : styles.stepNumber} aria-hidden>
        {step.isDone ? <CheckOutlined /> : number}
      </span>
      <div className={styles.stepText}>
        <h3 className={styles.stepTitle}>
          {t(`first.${step.key}`)}
          {step.isDone && <span className="visually-hidden"> — {t("first.done")}</span>}
        </h3>
        <p className={styles.quiet}>{t(`first.${step.key}_text`)}</p>
        {isNext && (
          <ButtonLink to={step.to} type="primary" className={styles.stepButton ?? ""}>
            {t(`first.${step.key}_button`)}
          </ButtonLink>
        )}
      </div>
    </li>
  );
}

export function FirstSteps({ hasClients, draft }: { hasClients: boolean; draft: Campaign | undefined }) {
  const { t } = useTranslation("start");
  const steps = stepsFor(hasClients, draft);
  const next = steps.find(({ isDone }) => !isDone);
  return (
    <PanelSection title={t("first.title")}>
      <ol className={styles.steps}>
        {steps.map((step, i) => (
          <StepItem key={step.key} step={step} number={i + 1} isNext={step === next} />
        ))}
      </ol>
    </PanelSection>
  );
}
