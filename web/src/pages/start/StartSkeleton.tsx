/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Skeleton from "antd/es/skeleton";
import { useTranslation } from "react-i18next";
import { Panel } from "@/shared/ui/Page";
import styles from "./Start.module.css";

export function StartSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={styles.columns} role="status" aria-label={t("layout.loading")}>
      <div className={styles.column}>
        <Skeleton.Input active size="small" />
        {[1, 2].map((i) => (
          <Panel key={i}>
            <Skeleton active title={false} paragraph={{ rows: 4 }} />
          </Panel>
        ))}
      </div>
      <div className={styles.column}>
        <Skeleton.Input active size="small" />
        <Panel>
          <Skeleton active title={false} paragraph={{ rows: 3 }} />
        </Panel>
      </div>
    </div>
  );
}
