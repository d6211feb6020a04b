/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { ReactNode } from "react";
import styles from "./Figures.module.css";

export interface Figure {
  label: string;
  value: ReactNode;
  /* Small print below, such as the share of the whole. */
  note?: ReactNode;
}

/* A row of numbers that matter, each with its word. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className={styles.figures}>
      {figures.map(({ label, value, note }) => (
        <div key={label} className={styles.figure}>
          <dt className={styles.label}>{label}</dt>
          <dd className={styles.value}>{value}</dd>
          {note !== undefined && <dd className={styles.note}>{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
