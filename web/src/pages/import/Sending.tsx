/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A file on its way from this window: how far it is, what happens when the window closes, the way to stop it. */
import { useTranslation } from "react-i18next";
import type { Import } from "@/api/types";
import { secondsToSend, shareDone } from "@/features/import-file/share";
import type { Upload } from "@/features/import-file/uploads";
import { useBytes } from "@/features/import-file/words";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useNow } from "@/shared/hooks/useNow";
import { formatDuration } from "@/shared/lib/format";
import { Bar } from "@/shared/ui/Bar";
import { Panel } from "@/shared/ui/Page";
import { CancelButton } from "./CancelButton";
import styles from "./Import.module.css";

const tickMs = 500;

function useSent(upload: Upload, now: number): string {
  const { t } = useTranslation("import");
  const bytes = useBytes();
  const language = useLanguage();
  const seconds = secondsToSend(upload, now);
  const sent = t("sending.sent", { sent: bytes(upload.sent), size: bytes(upload.file.size) });
  return seconds === null ? sent : `${sent} · ${t("sending.left", { time: formatDuration(seconds, language) })}`;
}

export function Sending({ item, upload }: { item: Import; upload: Upload }) {
  const { t } = useTranslation("import");
  const now = useNow(tickMs);
  const sent = useSent(upload, now);
  const phase = upload.phase === "over" ? "storing" : upload.phase;
  return (
    <Panel className={styles.progress ?? ""}>
      <div role="status">
        <h2 className={styles.phase}>
          {t(`phase.${phase}`)}
        </h2>
      </div>
      <Bar value={shareDone(upload, now)} label={t("sending.bar")} muted={phase === "queued"} />
      <div className={styles.foot}>
        <div className={styles.facts}>
          {phase === "sending" && <p>{sent}</p>}
          {phase === "storing" && <p>{t("sending.read", { count: item.rows_read })}</p>}
          <p className={styles.quiet}>{t(`phase_note.${phase}`)}</p>
        </div>
        <CancelButton item={item} />
      </div>
    </Panel>
  );
}
