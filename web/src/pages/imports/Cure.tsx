/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is the matter with a file and, step by step, how to mend it. */
import Alert from "antd/es/alert";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type ru from "./ru.json";
import styles from "./Imports.module.css";

export type CureKind = keyof typeof ru.cure;

export function Cure({ kind, type, children }: { kind: CureKind; type: "error" | "warning"; children?: ReactNode }) {
  const { t } = useTranslation("imports");
  const steps = t(`cure.${kind}.steps`, { returnObjects: true }) as readonly string[];
  return (
    <Alert
      type={type}
      showIcon
      role="alert"
      title={t(`cure.${kind}.title`)}
      description={
        <div className={styles.cure}>
          <p>{t(`cure.${kind}.text`)}</p>
          <ol className={styles.steps}>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          {children}
        </div>
      }
    />
  );
}
