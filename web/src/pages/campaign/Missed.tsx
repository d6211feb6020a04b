/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everyone who got nothing and why: reasons beside the people, and all of it as a file. */
import DownloadOutlined from "@ant-design/icons/es/icons/DownloadOutlined";
import Button from "antd/es/button";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { urlOf } from "@/api/client";
import { fetchFile } from "@/api/fetch-file";
import { saveFile } from "@/shared/lib/save-file";
import { DataTable } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel, Section } from "@/shared/ui/Page";
import type { Summary } from "./missed";
import { useMissedColumns } from "./missed-columns";
import { useMissed } from "./queries";
import { Reasons, ReasonsSkeleton } from "./Reasons";
import styles from "./Campaign.module.css";

function useDownload(id: string, reason: string | null) {
  return useMutation({
    mutationFn: async () => {
      const answer = await fetchFile(urlOf("/v1/campaigns/{id}/missed.csv", { path: { id }, query: { reason: reason ?? undefined } }));
      saveFile(await answer.blob(), `missed-${id}.csv`);
    },
  });
}

function People({ id, reason }: { id: string; reason: string | null }) {
  const { t } = useTranslation("campaign");
  const columns = useMissedColumns();
  const { rows, error, again, more, loadingMore } = useMissed(id, reason);
  const download = useDownload(id, reason);
  const button = (
    <Button icon={<DownloadOutlined aria-hidden />} loading={download.isPending} onClick={() => download.mutate()} disabled={rows?.length === 0}>
      {t("missed.download")}
    </Button>
  );
  return (
    <Section title={t("missed.people")} extra={button}>
      {download.error !== null && <ErrorView error={download.error} inline />}
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ client_id, message_id }) => `${client_id}/${message_id ?? ""}`}
        label={t("missed.people")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        empty={<EmptyState title={t("missed.none")}>{reason === null ? t("missed.none_text") : t("missed.none_such")}</EmptyState>}
      />
    </Section>
  );
}

export function Missed({ id, reason, summary }: { id: string; reason: string | null; summary: Summary | undefined }) {
  const { t } = useTranslation("campaign");
  return (
    <div className={styles.missed}>
      <Section title={t("missed.reasons")}>
        <Panel className={styles.why ?? ""}>{summary === undefined ? <ReasonsSkeleton /> : <Reasons summary={summary} chosen={reason} />}</Panel>
      </Section>
      <People key={reason} id={id} reason={reason} />
    </div>
  );
}
