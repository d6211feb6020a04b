/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The first of the rows that were not taken, why each was not, and the file with all of them. */
import DownloadOutlined from "@ant-design/icons/es/icons/DownloadOutlined";
import Button from "antd/es/button";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Source } from "@/api/types";
import { BadRows } from "@/features/import-file/BadRows";
import { badRowsShown } from "@/features/import-file/bad-rows";
import { saveFile } from "@/shared/lib/save-file";
import { ErrorView } from "@/shared/ui/ErrorView";
import { fetchRefused, useRefused, type WholeRun } from "./queries";
import styles from "./Source.module.css";

const expectedMax = 10;

export function Refused({ source, run }: { source: Source; run: WholeRun }) {
  const { t } = useTranslation("source");
  const rows = useRefused(source.id, run);
  const download = useMutation({ mutationFn: async () => saveFile(await (await fetchRefused(source.id, run.id)).blob(), `refused-rows-${run.id}.csv`) });
  return (
    <div className={styles.changes}>
      <div className={styles.refusedHead}>
        <h3 className={styles.subtitle}>{t("refused.title")}</h3>
        <Button icon={<DownloadOutlined aria-hidden />} loading={download.isPending} onClick={() => download.mutate()}>
          {t("refused.download")}
        </Button>
      </div>
      <p className={styles.lead}>{t("refused.text")}</p>
      {download.error !== null && <ErrorView error={download.error} inline />}
      <BadRows rows={rows.data} error={rows.error} onAgain={() => void rows.refetch()} expected={Math.min(run.rows_bad, expectedMax)} />
      {run.rows_bad > badRowsShown && <p className={styles.quiet}>{t("refused.first", { count: badRowsShown })}</p>}
    </div>
  );
}
