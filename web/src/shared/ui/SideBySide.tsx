/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { ReactNode } from "react";
import styles from "./SideBySide.module.css";

/* What is known of somebody at the left, what happened at the right; one below the other in a narrow window. */
export function SideBySide({ aside, asideClass = "", children }: { aside: ReactNode; asideClass?: string | undefined; children: ReactNode }) {
  return (
    <div className={styles.columns}>
      <div className={`${styles.column ?? ""} ${asideClass}`}>{aside}</div>
      <div className={styles.column}>{children}</div>
    </div>
  );
}
