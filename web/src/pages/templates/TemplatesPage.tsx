/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts that are written once and used by many campaigns. */
import FileTextOutlined from "@ant-design/icons/es/icons/FileTextOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { Sections } from "@/features/template-sections/Sections";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { useRight } from "@/shared/hooks/useMe";
import { usePages } from "@/shared/hooks/usePages";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { DataTable } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Page } from "@/shared/ui/Page";
import { useColumns } from "./columns";
import { Filters } from "./Filters";
import { readFilter, writeFilter, type Filter } from "./filter";

const typingMs = 300;

function NewTemplate() {
  const { t } = useTranslation("templates");
  if (!useRight("templates.edit")) return null;
  return (
    <ButtonLink to="/templates/new" type="primary" icon={<PlusOutlined aria-hidden />}>
      {t("new")}
    </ButtonLink>
  );
}

/* As it is being set, and as it is asked for: a name once the typing rests. */
function useFilter() {
  const [address, setAddress] = useSearchParams();
  const [filter, setFilter] = useState<Filter>(() => readFilter(address));
  const query = useDebounced(filter.query.trim(), typingMs);
  const asked: Filter = { category: filter.category, query };
  const wanted = writeFilter(asked).toString();
  useEffect(() => {
    if (wanted !== address.toString()) setAddress(wanted, { replace: true, preventScrollReset: true });
  }, [wanted, address, setAddress]);
  return { filter, setFilter, asked };
}

function useTemplates({ category, query }: Filter) {
  return usePages({
    queryKey: [...keys.templates, "table", category, query],
    load: (cursor, signal) => api.get("/v1/templates", { query: { cursor, ...(category === null ? {} : { category }), ...(query === "" ? {} : { query }) }, signal }),
    rows: (page) => page.templates,
    keepRows: true,
  });
}

function Nothing({ isFiltered, onReset }: { isFiltered: boolean; onReset: () => void }) {
  const { t } = useTranslation("templates");
  if (isFiltered) {
    return (
      <EmptyState title={t("nothing_fits.title")} action={<Button onClick={onReset}>{t("nothing_fits.reset")}</Button>}>
        {t("nothing_fits.text")}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<FileTextOutlined />} title={t("empty.title")} action={<NewTemplate />}>
      {t("empty.text")}
    </EmptyState>
  );
}

export default function TemplatesPage() {
  const { t } = useTranslation("templates");
  const columns = useColumns();
  const { filter, setFilter, asked } = useFilter();
  const { rows, error, again, more, loadingMore } = useTemplates(asked);
  return (
    <Page title={t("title")} lead={t("lead")} actions={<NewTemplate />}>
      <Sections />
      <Filters filter={filter} onChange={setFilter} />
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        label={t("title")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        empty={<Nothing isFiltered={asked.query !== "" || asked.category !== null} onReset={() => setFilter({ category: null, query: "" })} />}
      />
    </Page>
  );
}
