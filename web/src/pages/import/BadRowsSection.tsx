/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The first of the rows that were not taken, and the file with all of them. */
import DownloadOutlined from "@ant-design/icons/es/icons/DownloadOutlined";
import Button from "antd/es/button";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import type { Id, Import } from "@/api/types";
import { BadRows } from "@/features/import-file/BadRows";
import { badRowsShown, fetchBadRows, loadBadRows } from "@/features/import-file/bad-rows";
import { saveFile } from "@/shared/lib/save-file";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Section } from "@/shared/ui/Page";
import styles from "./Import.module.css";

/* Rows to reserve room for. */
const expectedMax = 10;

function Download({ id }: { id: Id }) {
  const { t } = useTranslation("import");
  const download = useMutation({ mutationFn: async () => saveFile(await (await fetchBadRows(id)).blob(), `bad-rows-${id}.csv`) });
  return (
    <>
      <Button icon={<DownloadOutlined aria-hidden />} loading={download.isPending} onClick={() => download.mutate()}>
        {t("bad.download")}
      </Button>
      {download.error !== null && <ErrorView error={download.error} inline />}
    </>
  );
}

export function BadRowsSection({ item }: { item: Import }) {
  const { t, i18n } = useTranslation("import");
  const rows = useQuery({
    // apid words what is expected: in another language it is another answer.
    queryKey: [...keys.import(item.id), "bad-rows", i18n.language],
    queryFn: ({ signal }) => loadBadRows(item.id, signal),
    staleTime: Infinity,
  });
  // Those of a refused file are as many as were found before it was given up.
  const isAll = item.status === "done" ? item.rows_bad <= badRowsShown : item.rows_bad < badRowsShown;
  return (
    <Section title={t("bad.title")} extra={<Download id={item.id} />}>
      <p className={styles.lead}>{item.status === "done" ? t("bad.returned") : t("bad.mend")}</p>
      <BadRows rows={rows.data} error={rows.error} onAgain={() => void rows.refetch()} expected={Math.min(item.rows_bad, expectedMax)} />
      {!isAll && <p className={styles.quiet}>{t("bad.first", { count: badRowsShown })}</p>}
    </Section>
  );
}
