/* SPDX-License-Identifier: AGPL-3.0-or-later */
import SearchOutlined from "@ant-design/icons/es/icons/SearchOutlined";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useQuery } from "@tanstack/react-query";
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber } from "@/shared/lib/format";
import styles from "./Clients.module.css";

const listsShown = 200;

function useLists() {
  return useQuery({
    queryKey: [...keys.lists, "all"],
    queryFn: async ({ signal }) => (await api.get("/v1/lists", { query: { limit: listsShown }, signal })).lists,
  });
}

function ListChoice({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const { t } = useTranslation("clients");
  const language = useLanguage();
  const { data: lists } = useLists();
  const id = useId();
  return (
    <div className={styles.list}>
      <label htmlFor={id} className={styles.label}>
        {t("list")}
      </label>
      <Select<string>
        id={id}
        className={styles.wide ?? ""}
        value={value}
        loading={lists === undefined}
        options={[
          { value: "", label: t("all_lists") },
          ...(lists ?? []).map((list) => ({ value: list.id, label: t("list_size", { name: list.name, size: formatNumber(list.size, language) }) })),
        ]}
        showSearch={{ optionFilterProp: "label" }}
        onChange={onChange}
      />
    </div>
  );
}

interface FiltersProps {
  typed: string;
  onTyped: (text: string) => void;
  /* Empty: all clients. */
  listId: string;
  onList: (id: string) => void;
  /* What was found. */
  children: ReactNode;
}

export function Filters({ typed, onTyped, listId, onList, children }: FiltersProps) {
  const { t } = useTranslation("clients");
  const id = useId();
  return (
    <div role="search" aria-label={t("title")} className={styles.filters}>
      <div className={styles.search}>
        <label htmlFor={id} className={styles.label}>
          {t("search")}
        </label>
        <Input
          id={id}
          value={typed}
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          allowClear
          prefix={<SearchOutlined aria-hidden />}
          onChange={(event) => onTyped(event.target.value)}
        />
      </div>
      <ListChoice value={listId} onChange={onList} />
      {children}
    </div>
  );
}
