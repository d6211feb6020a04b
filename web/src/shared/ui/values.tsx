/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Values as people read them. Use these everywhere, so that the same thing looks the same. */
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDuration, formatFullTime, formatMoney, formatNumber, formatPercent, formatPhone, formatTime } from "@/shared/lib/format";
import styles from "./values.module.css";

/* Stands where a value is not known. */
export function Missing() {
  return <span className={styles.missing}>—</span>;
}

export function Phone({ value }: { value: string | null | undefined }) {
  if (value === null || value === undefined) return <Missing />;
  return <span className={styles.figure}>{formatPhone(value)}</span>;
}

export function Num({ value, decimals = 0 }: { value: number | null | undefined; decimals?: number }) {
  const language = useLanguage();
  if (value === null || value === undefined) return <Missing />;
  return <span className={styles.figure}>{formatNumber(value, language, decimals)}</span>;
}

/* Share of a whole, 0..1. */
export function Percent({ value }: { value: number }) {
  return <span className={styles.figure}>{formatPercent(value, useLanguage())}</span>;
}

/* Roubles as the API writes them, "12.50". */
export function Money({ value }: { value: string | null | undefined }) {
  const language = useLanguage();
  if (value === null || value === undefined) return <Missing />;
  return <span className={styles.figure}>{formatMoney(value, language)}</span>;
}

/* In the zone of the reader; the zone and the seconds on hover, or at once with `seconds`. */
export function Time({ value, seconds = false }: { value: string | null | undefined; seconds?: boolean }) {
  const language = useLanguage();
  if (value === null || value === undefined) return <Missing />;
  return (
    // Told when asked: only then the browser has to find out its zone, and a table shows fifty times.
    <time dateTime={value} onPointerEnter={({ currentTarget }) => (currentTarget.title = formatFullTime(value, language))} className={styles.figure}>
      {formatTime(value, language, undefined, seconds ? "HH:mm:ss" : "HH:mm")}
    </time>
  );
}

export function Duration({ seconds }: { seconds: number | null | undefined }) {
  const language = useLanguage();
  if (seconds === null || seconds === undefined) return <Missing />;
  return <span className={styles.figure}>{formatDuration(seconds, language)}</span>;
}
