/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { Panel } from "@/shared/ui/Page";
import { Skeleton, SkeletonBlock } from "@/shared/ui/Skeleton";
import styles from "./Start.module.css";

export function StartSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={styles.columns} role="status" aria-label={t("layout.loading")}>
      <div className={styles.column}>
        <SkeletonBlock width={120} height={24} />
        {[1, 2].map((i) => (
          <Panel key={i}>
            <Skeleton rows={4} />
          </Panel>
        ))}
      </div>
      <div className={styles.column}>
        <SkeletonBlock width={120} height={24} />
        <Panel>
          <Skeleton rows={3} />
        </Panel>
      </div>
    </div>
  );
}
