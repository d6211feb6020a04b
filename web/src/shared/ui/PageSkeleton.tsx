/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Skeleton from "antd/es/skeleton";
import { useTranslation } from "react-i18next";
import styles from "./Page.module.css";

/* A page whose code or data is on its way, with the room it will take. */
export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={styles.page} aria-busy="true" aria-label={t("layout.loading")} role="status">
      <Skeleton.Input active className={styles.skeletonTitle ?? ""} />
      <Skeleton active title={false} paragraph={{ rows: 12 }} />
    </div>
  );
}
