/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { Bar } from "@/shared/ui/Bar";
import { Panel, Section } from "@/shared/ui/Page";
import { useReason } from "@/shared/ui/reason";
import { Num } from "@/shared/ui/values";
import type { Check } from "./queries";
import styles from "./CheckStep.module.css";

/* Who of the list gets nothing, and why. */
export function LeftOut({ check }: { check: Check }) {
  const { t } = useTranslation("campaign-edit");
  const reason = useReason();
  const sorted = check.left_out.toSorted((a, b) => b.count - a.count);
  const all = sorted.reduce((sum, { count }) => sum + count, 0);
  return (
    <Section title={t("check.left_out")}>
      <Panel>
        {all === 0 ? (
          <p className={styles.note}>{t("check.nobody_left_out")}</p>
        ) : (
          <ul className={styles.reasons}>
            {sorted.map(({ reason: why, count }) => (
              <li key={why}>
                <span className={styles.reason}>
                  <span>{reason(why)}</span>
                  <span>
                    {!check.exact && "≈ "}
                    <Num value={count} />
                  </span>
                </span>
                <Bar value={check.clients === 0 ? 0 : count / check.clients} label={reason(why)} muted />
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </Section>
  );
}
