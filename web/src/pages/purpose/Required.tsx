/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether messages of the purpose go only to who agreed. Switching it off has weight: the law asks for consent. */
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Purpose } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PanelSection } from "@/shared/ui/Page";
import { useChangePurpose } from "./queries";
import styles from "./Purpose.module.css";

export function Required({ purpose }: { purpose: Purpose }) {
  const { t } = useTranslation("purpose");
  const mayEdit = useRight("consents.edit");
  const [asks, setAsks] = useState(false);
  const change = useChangePurpose(purpose.code, () => setAsks(false));
  const how = purpose.required ? "off" : "on";
  // Without consent as its basis there is nothing to ask for.
  const canBeOn = purpose.required || purpose.legal_basis === "consent";
  return (
    <PanelSection title={t("required.title")} className={styles.stack}>
      <p>{purpose.required ? t("required.is_on") : t("required.is_off")}</p>
      {mayEdit && canBeOn && (
        <div>
          <Button onClick={() => setAsks(true)}>{t(`required.${how}.button`)}</Button>
          <ConfirmDanger
            open={asks}
            title={t(`required.${how}.title`)}
            confirm={t(`required.${how}.confirm`)}
            danger={purpose.required}
            busy={change.isPending}
            onConfirm={() => change.mutate({ required: !purpose.required })}
            onCancel={() => setAsks(false)}
          >
            <p>{t(`required.${how}.text`)}</p>
            {change.error !== null && <ErrorView error={change.error} inline />}
          </ConfirmDanger>
        </div>
      )}
      {mayEdit && !canBeOn && <p className={styles.quiet}>{t("required.no_basis")}</p>}
    </PanelSection>
  );
}
