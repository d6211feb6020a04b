/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What files said of the clients for this list alone: fields of texts to it. */
import { useTranslation } from "react-i18next";
import { PanelSection } from "@/shared/ui/Page";
import type { WholeList } from "./queries";
import styles from "./List.module.css";

export function OwnColumns({ columns }: Pick<WholeList, "columns">) {
  const { t } = useTranslation("list");
  if (columns.length === 0) return null;
  return (
    <PanelSection title={t("columns.title")}>
      <p className={styles.note}>{t("columns.lead")}</p>
      <ul className={styles.users}>
        {columns.map(({ name, type }) => (
          <li key={name} className={styles.user}>
            <code>{`{${name}}`}</code>
            <span className={styles.note}>{t(`columns.${type}`)}</span>
          </li>
        ))}
      </ul>
    </PanelSection>
  );
}
