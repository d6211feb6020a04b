/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An import that waits or runs and whose file does not leave from this window. */
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import type { Import } from "@/api/types";
import type { Upload } from "@/features/import-file/uploads";
import { useSend } from "@/features/import-file/useUpload";
import { Panel } from "@/shared/ui/Page";
import { CancelButton } from "./CancelButton";
import { UploadProblem } from "./UploadProblem";
import styles from "./Import.module.css";

function SendAgain({ upload }: { upload: Upload }) {
  const { t } = useTranslation("import");
  const send = useSend();
  return <Button onClick={() => send(upload)}>{t("again")}</Button>;
}

export function Elsewhere({ item, upload }: { item: Import; upload: Upload | undefined }) {
  const { t } = useTranslation("import");
  const isWaiting = item.status === "waiting";
  const canBeSent = isWaiting && upload !== undefined && upload.problem?.kind !== "file-gone";
  return (
    <>
      {upload?.problem !== null && upload !== undefined && <UploadProblem problem={upload.problem} />}
      <Panel className={styles.progress ?? ""}>
        <div role="status">
          <h2 className={styles.phase}>
            {isWaiting ? t("elsewhere.waiting") : t("elsewhere.running")}
          </h2>
        </div>
        <div className={styles.foot}>
          <div className={styles.facts}>
            {!isWaiting && <p>{t("sending.read", { count: item.rows_read })}</p>}
            <p className={styles.quiet}>{isWaiting ? t("elsewhere.waiting_note") : t("elsewhere.running_note")}</p>
          </div>
          <div className={styles.buttons}>
            {canBeSent && <SendAgain upload={upload} />}
            <CancelButton item={item} />
          </div>
        </div>
      </Panel>
    </>
  );
}
