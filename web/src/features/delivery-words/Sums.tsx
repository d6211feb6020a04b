/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useLanguage } from "@/shared/hooks/useLanguage";
import { Missing } from "@/shared/ui/values";
import { formatDifference, formatPrice, formatSum } from "./price";
import styles from "./Words.module.css";

interface Props {
  value: string | null;
  currency?: string;
}

/* Of one part or message. */
export function Price({ value, currency = "RUB" }: Props) {
  const language = useLanguage();
  return value === null ? <Missing /> : <span className={styles.figure}>{formatPrice(value, currency, language)}</span>;
}

export function Sum({ value, currency = "RUB" }: Props) {
  const language = useLanguage();
  return value === null ? <Missing /> : <span className={styles.figure}>{formatSum(value, currency, language)}</span>;
}

export function Difference({ value, currency = "RUB" }: Props) {
  const language = useLanguage();
  return value === null ? <Missing /> : <span className={styles.figure}>{formatDifference(value, currency, language)}</span>;
}
