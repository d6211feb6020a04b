/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { Skeleton, SkeletonBlock } from "./Skeleton";
import styles from "./Page.module.css";

/* A page whose code or data is on its way, with the room it will take. */
export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={styles.page} aria-busy="true" aria-label={t("layout.loading")} role="status">
      <SkeletonBlock width={240} height={32} />
      <Skeleton rows={12} />
    </div>
  );
}
