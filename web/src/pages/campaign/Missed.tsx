/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everyone who got nothing and why: reasons beside the people, and all of it as a file. */
import DownloadOutlined from "@ant-design/icons/es/icons/DownloadOutlined";
import Button from "antd/es/button";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, urlOf } from "@/api/client";
import { fetchFile } from "@/api/fetch-file";
import { useRight } from "@/shared/hooks/useMe";
import { saveFile } from "@/shared/lib/save-file";
import { AskReason } from "@/shared/ui/AskReason";
import { DataTable } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel, Section } from "@/shared/ui/Page";
import type { Summary } from "./missed";
import { useMissedColumns } from "./missed-columns";
import { useMissed } from "./queries";
import { Reasons, ReasonsSkeleton } from "./Reasons";
import styles from "./Campaign.module.css";

/* With names and numbers masked; in full it is an export, for a reason. */
function useDownload(id: string, reason: string | null) {
  return useMutation({
    mutationFn: async () => {
      const answer = await fetchFile(urlOf("/v1/campaigns/{id}/missed.csv", { path: { id }, query: { reason: reason ?? undefined } }));
      saveFile(await answer.blob(), `missed-${id}.csv`);
    },
  });
}

function Download({ id, reason, disabled }: { id: string; reason: string | null; disabled: boolean }) {
  const { t } = useTranslation("campaign");
  const download = useDownload(id, reason);
  return (
    <>
      {download.error !== null && <ErrorView error={download.error} inline />}
      <Button icon={<DownloadOutlined aria-hidden />} loading={download.isPending} onClick={() => download.mutate()} disabled={disabled}>
        {t("missed.download")}
      </Button>
    </>
  );
}

function Export({ id, reason, disabled }: { id: string; reason: string | null; disabled: boolean }) {
  const { t } = useTranslation("campaign");
  const [asks, setAsks] = useState(false);
  const made = useMutation({
    mutationFn: async (why: string) => {
      const { id: number } = await api.post("/v1/exports", {
        body: { kind: "missed", campaign_id: id, reason: why, ...(reason === null ? {} : { filter: reason }) },
      });
      const answer = await fetchFile(urlOf("/v1/exports/{id}/file", { path: { id: number } }), undefined, "POST");
      saveFile(await answer.blob(), `export-${number}.csv`);
    },
    onSuccess: () => setAsks(false),
  });
  return (
    <>
      <Button icon={<DownloadOutlined aria-hidden />} onClick={() => setAsks(true)} disabled={disabled}>
        {t("missed.export")}
      </Button>
      <AskReason
        open={asks}
        title={t("missed.export_ask")}
        label={t("missed.export_reason")}
        note={t("missed.export_note")}
        confirm={t("missed.export_confirm")}
        busy={made.isPending}
        error={made.error}
        onConfirm={(why) => made.mutate(why)}
        onCancel={() => setAsks(false)}
      />
    </>
  );
}

function People({ id, reason }: { id: string; reason: string | null }) {
  const { t } = useTranslation("campaign");
  const columns = useMissedColumns();
  const { rows, error, again, more, loadingMore } = useMissed(id, reason);
  const mayExport = useRight("exports.make");
  const seesAll = useRight("personal.read");
  const File = mayExport && seesAll ? Export : Download;
  const button = <File id={id} reason={reason} disabled={rows?.length === 0} />;
  return (
    <Section title={t("missed.people")} extra={button}>
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
