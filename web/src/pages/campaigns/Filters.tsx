/* SPDX-License-Identifier: AGPL-3.0-or-later */
import SearchOutlined from "@ant-design/icons/es/icons/SearchOutlined";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { CampaignStatus } from "@/api/types";
import { isStatus, statuses, type Filter } from "./filter";
import styles from "./Campaigns.module.css";

export function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { t } = useTranslation("campaigns");
  const id = useId();
  const options: { value: CampaignStatus | "all"; label: string }[] = [
    { value: "all", label: t("filter.all") },
    ...statuses.map((status) => ({ value: status, label: t(`campaign_status.${status}`, { ns: "common" }) })),
  ];
  return (
    <search className={styles.filters}>
      <div className={styles.query}>
        <label htmlFor={`${id}-query`} className={styles.label}>
          {t("filter.query")}
        </label>
        <Input
          id={`${id}-query`}
          type="search"
          prefix={<SearchOutlined aria-hidden />}
          autoComplete="off"
          maxLength={200}
          value={filter.query}
          onChange={(event) => onChange({ ...filter, query: event.target.value })}
        />
      </div>
      <div className={styles.status}>
        <label htmlFor={`${id}-status`} className={styles.label}>
          {t("filter.status")}
        </label>
        <Select
          id={`${id}-status`}
          value={filter.status ?? "all"}
          options={options}
          listHeight={320}
          onChange={(value) => onChange({ ...filter, status: isStatus(value) ? value : null })}
        />
      </div>
    </search>
  );
}
