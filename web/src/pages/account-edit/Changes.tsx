/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What changes when it is saved, before it is. */
import { useTranslation } from "react-i18next";
import { useProfileLabel, useSettingLabel } from "@/features/account-words/useSettingLabel";
import { PanelSection } from "@/shared/ui/Page";
import type { Change, Value } from "./form";
import styles from "./AccountEdit.module.css";

function useShown(): (value: Value) => string {
  const { t } = useTranslation("account-edit");
  return (value) => (value === "" ? t("changes.nothing") : typeof value === "boolean" ? (value ? t("changes.yes") : t("changes.no")) : value);
}

function One({ change: { key, isOfProfile, isSecret, was, becomes } }: { change: Change }) {
  const { t } = useTranslation("account-edit");
  const own = useSettingLabel();
  const ofProfile = useProfileLabel();
  const shown = useShown();
  return (
    <li>
      {isOfProfile ? ofProfile(key) : own(key)}: {isSecret ? t("changes.secret") : <><span className={styles.was}>{shown(was)}</span> → {shown(becomes)}</>}
    </li>
  );
}

export function Changes({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation("account-edit");
  if (changes.length === 0) return null;
  return (
    <PanelSection title={t("changes.title")} className={styles.panel}>
      <ul className={styles.changes}>
        {changes.map((change) => (
          <One key={`${change.isOfProfile ? "profile " : ""}${change.key}`} change={change} />
        ))}
      </ul>
      <p className={styles.quiet}>{t("changes.effect")}</p>
    </PanelSection>
  );
}
