/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The file, chosen; apid reads it when it is asked about it. */
import UploadOutlined from "@ant-design/icons/es/icons/UploadOutlined";
import Button from "antd/es/button";
import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { sheetBytesMax } from "./sheet";
import styles from "./Words.module.css";

export function FileField({ file, onChoose, note }: { file: File | null; onChoose: (file: File) => void; note: string }) {
  const { t } = useTranslation("delivery-words");
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const isTooLong = file !== null && file.size > sheetBytesMax;
  return (
    <div className={styles.group}>
      <span className={styles.label}>{t("file.label")}</span>
      <div className={styles.file}>
        <input
          ref={input}
          type="file"
          hidden
          accept=".csv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
          aria-label={t("file.choose")}
          onChange={({ target }) => {
            const [chosen] = target.files ?? [];
            if (chosen !== undefined) onChoose(chosen);
            // The same file, once it is mended, can be chosen again.
            target.value = "";
          }}
        />
        <Button icon={<UploadOutlined aria-hidden />} aria-describedby={id} onClick={() => input.current?.click()}>
          {file === null ? t("file.choose") : t("file.another")}
        </Button>
        <span id={id} className={isTooLong ? styles.wrong : styles.chosen} role={isTooLong ? "alert" : undefined}>
          {isTooLong ? t("file.too_long") : (file?.name ?? t("file.none"))}
        </span>
      </div>
      <p className={styles.quiet}>{note}</p>
    </div>
  );
}
