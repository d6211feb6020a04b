/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { Client } from "@/api/types";
import { nbsp } from "@/shared/lib/format";
import styles from "./Clients.module.css";

/* How many were found, for the eye and for the ear. Its line is there while nothing is looked for, too, so
 * that the table does not jump. */
export function Found({ rows, hasMore, isFiltered }: { rows: readonly Client[] | undefined; hasMore: boolean; isFiltered: boolean }) {
  const { t } = useTranslation("clients");
  const words = () => {
    if (!isFiltered || rows === undefined) return nbsp;
    if (rows.length === 0) return t("found.none");
    return hasMore ? t("found.first", { count: rows.length }) : t("found.all", { count: rows.length });
  };
  return (
    <p role="status" className={styles.found}>
      {words()}
    </p>
  );
}
