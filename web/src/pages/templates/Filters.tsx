/* SPDX-License-Identifier: AGPL-3.0-or-later */
import SearchOutlined from "@ant-design/icons/es/icons/SearchOutlined";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { categories, isCategory, type Category, type Filter } from "./filter";
import styles from "./Templates.module.css";

const queryMax = 200;

export function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { t } = useTranslation("templates");
  const id = useId();
  const options: { value: Category | "all"; label: string }[] = [
    { value: "all", label: t("filter.all") },
    ...categories.map((category) => ({ value: category, label: t(`message_category.${category}`, { ns: "common" }) })),
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
          maxLength={queryMax}
          value={filter.query}
          onChange={({ target }) => onChange({ ...filter, query: target.value })}
        />
      </div>
      <div className={styles.category}>
        <label htmlFor={`${id}-category`} className={styles.label}>
          {t("filter.category")}
        </label>
        <Select
          id={`${id}-category`}
          value={filter.category ?? "all"}
          options={options}
          listHeight={320}
          onChange={(value) => onChange({ ...filter, category: isCategory(value) ? value : null })}
        />
      </div>
    </search>
  );
}
