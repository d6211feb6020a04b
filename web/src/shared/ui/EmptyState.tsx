/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { ReactNode } from "react";
import styles from "./EmptyState.module.css";

/* Where a list has nothing yet: what it is for, and the button that begins. Never a dead end. */
export function EmptyState({ icon, title, children, action }: { icon?: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      {icon !== undefined && (
        <span className={styles.icon} aria-hidden>
          {icon}
        </span>
      )}
      <p className={styles.title}>{title}</p>
      {children !== undefined && <p className={styles.text}>{children}</p>}
      {action}
    </div>
  );
}
