/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { CSSProperties } from "react";
import styles from "./Skeleton.module.css";

interface SkeletonProps {
  /* Lines of text that will stand here; the last of many is shorter, as in print. */
  rows: number;
  /* A heading above them, so many pixels wide. */
  titleWidth?: number;
  /* The last line is as long as the others. */
  full?: boolean;
}

/* Grey lines with the room of what is on its way. */
export function Skeleton({ rows, titleWidth, full = false }: SkeletonProps) {
  return (
    <div className={`${styles.skeleton ?? ""} ${full ? (styles.full ?? "") : ""}`} aria-hidden>
      {titleWidth !== undefined && <div className={`${styles.line ?? ""} ${styles.title ?? ""}`} style={{ width: titleWidth }} />}
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className={styles.line} />
      ))}
    </div>
  );
}

/* One grey block: a title, a field. */
export function SkeletonBlock({ width, height }: Required<Pick<CSSProperties, "width" | "height">>) {
  return <div className={`${styles.skeleton ?? ""} ${styles.block ?? ""}`} style={{ width, height }} aria-hidden />;
}
