/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The first rows as they stand in the file; columns that are left out are pale. */
import { useTranslation } from "react-i18next";
import { Section } from "@/shared/ui/Page";
import type { Meaning, Preview } from "./mapping";
import styles from "./Imports.module.css";

/* A wide file scrolls in its frame, by the keyboard too. */
const reachable = { tabIndex: 0 };

export function SampleRows({ preview, meanings }: { preview: Preview; meanings: readonly Meaning[] }) {
  const { t } = useTranslation("imports");
  if (preview.rows.length === 0) return null;
  const look = (column: number) => (meanings[column]?.field === "ignored" ? styles.pale : undefined);
  return (
    <Section title={t("sample.title")}>
      <div className={styles.sampleFrame} role="region" aria-label={t("sample.title")} {...reachable}>
        <table className={styles.sample}>
          <thead>
            <tr>
              {preview.columns.map(({ header }, i) => (
                <th key={i} scope="col" className={look(i)}>
                  {header}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, k) => (
                  <td key={k} className={look(k)}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
