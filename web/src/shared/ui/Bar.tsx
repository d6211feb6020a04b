/* SPDX-License-Identifier: AGPL-3.0-or-later */
import styles from "./Bar.module.css";

/* How far something is: a bar with its name for who cannot see it. `inner` is a part of `value`, drawn
 * stronger (sent, and of that delivered). Shares are 0..1. */
export function Bar({ value, inner, label, muted = false }: { value: number; inner?: number; label: string; muted?: boolean }) {
  const percent = (share: number) => Math.min(100, Math.max(0, share * 100));
  return (
    <div
      className={`${styles.bar ?? ""} ${muted ? (styles.muted ?? "") : ""}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(percent(value))}
    >
      <div className={inner === undefined ? styles.inner : styles.outer} style={{ transform: `scaleX(${percent(value) / 100})` }} />
      {inner !== undefined && <div className={styles.inner} style={{ transform: `scaleX(${percent(inner) / 100})` }} />}
    </div>
  );
}
