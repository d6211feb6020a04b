/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How an import ended: what was stored, or that nothing was, and what to do. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Import } from "@/api/types";
import type { Upload } from "@/features/import-file/uploads";
import { useStartImport } from "@/features/import-file/useUpload";
import { useFileForm } from "@/features/import-file/words";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Figures } from "@/shared/ui/Figures";
import { Panel } from "@/shared/ui/Page";
import { Num } from "@/shared/ui/values";
import { BadRowsSection } from "./BadRowsSection";
import { UploadProblem } from "./UploadProblem";
import styles from "./Import.module.css";

interface ResultProps {
  item: Import;
  upload: Upload | undefined;
}

/* Sends the same file once more, when this window still has it. */
function Again({ upload, skip, children }: { upload: Upload; skip: boolean; children: string }) {
  const start = useStartImport();
  const mayImport = useRight("clients.import");
  const { file, plan, rows } = upload;
  if (!mayImport) return null;
  return (
    <>
      <Button type="primary" loading={start.isPending} onClick={() => start.mutate({ file, rows, plan: skip ? { ...plan, on_error: "skip" } : plan })}>
        {children}
      </Button>
      {start.error !== null && <ErrorView error={start.error} inline />}
    </>
  );
}

function Nothing({ title, text, type, children }: { title: string; text: string; type: "error" | "info"; children?: ReactNode }) {
  return (
    <Alert
      type={type}
      showIcon
      role={type === "error" ? "alert" : "status"}
      title={title}
      description={
        <div className={styles.nothing}>
          <p>{text}</p>
          {children}
        </div>
      }
    />
  );
}

function Stored({ item }: { item: Import }) {
  const { t } = useTranslation("import");
  const form = useFileForm();
  const same = item.rows_read - item.rows_bad - item.rows_repeated - item.clients_new - item.clients_changed;
  const figures = [
    { label: t("figures.new"), value: <Num value={item.clients_new} /> },
    { label: t("figures.changed"), value: <Num value={item.clients_changed} /> },
    { label: t("figures.same"), value: <Num value={Math.max(0, same)} /> },
    { label: t("figures.repeated"), value: <Num value={item.rows_repeated} />, ...(item.rows_repeated > 0 ? { note: t("figures.repeated_note") } : {}) },
    { label: t("figures.bad"), value: <Num value={item.rows_bad} /> },
  ];
  return (
    <Panel className={styles.stored ?? ""}>
      <Figures figures={figures} />
      <p className={styles.quiet}>
        {t("figures.rows", { count: item.rows_read })}
        {item.encoding !== null && item.separator !== null && <> · {form(item.encoding, item.separator)}</>}
      </p>
    </Panel>
  );
}

/* Wrong rows, or a file whose first line already was refused. */
function Refused({ item, upload }: ResultProps) {
  const { t } = useTranslation("import");
  if (item.rows_bad === 0) {
    if (upload?.problem !== undefined && upload.problem !== null) return <UploadProblem problem={upload.problem} />;
    return <Nothing type="error" title={t("refused.title")} text={item.problem ?? ""} />;
  }
  const canSkip = upload !== undefined;
  return (
    <Nothing type="error" title={t("refused.title")} text={canSkip ? t("refused.text_here", { count: item.rows_bad }) : t("refused.text", { count: item.rows_bad })}>
      {canSkip && (
        <Again upload={upload} skip>
          {t("refused.skip")}
        </Again>
      )}
    </Nothing>
  );
}

/* Cancelled or failed: the same file may be sent once more. */
function Ended({ item, upload }: ResultProps) {
  const { t } = useTranslation("import");
  const isFailed = item.status === "failed";
  const canBeSent = upload !== undefined && upload.problem?.kind !== "file-gone";
  const broke = upload?.problem?.status === 0 ? upload.problem : null;
  return (
    <>
      {broke !== null && <UploadProblem problem={broke} />}
      <Nothing
        type={isFailed ? "error" : "info"}
        title={isFailed ? t("failed.title") : t("cancelled.title")}
        text={isFailed ? t("failed.text", { problem: item.problem ?? "" }) : canBeSent ? t("cancelled.text_here") : t("cancelled.text")}
      >
        {canBeSent && (
          <Again upload={upload} skip={false}>
            {t("again")}
          </Again>
        )}
      </Nothing>
    </>
  );
}

export function Result({ item, upload }: ResultProps) {
  return (
    <>
      {item.status === "done" && <Stored item={item} />}
      {item.status === "refused" && <Refused item={item} upload={upload} />}
      {(item.status === "cancelled" || item.status === "failed") && <Ended item={item} upload={upload} />}
      {(item.status === "done" || item.status === "refused") && item.rows_bad > 0 && <BadRowsSection item={item} />}
    </>
  );
}
