/* SPDX-License-Identifier: AGPL-3.0-or-later */
import CloudUploadOutlined from "@ant-design/icons/es/icons/CloudUploadOutlined";
import DownloadOutlined from "@ant-design/icons/es/icons/DownloadOutlined";
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { saveFile } from "@/shared/lib/save-file";
import { FileButton } from "./FileButton";
import { sampleFile, sampleName } from "./sample-file";
import styles from "./Imports.module.css";

function Example() {
  const { t } = useTranslation("imports");
  const language = useLanguage();
  const name = language === "ru" ? sampleName.ru : sampleName.en;
  return (
    <Button type="link" icon={<DownloadOutlined aria-hidden />} onClick={() => saveFile(sampleFile(), name)}>
      {t("drop.example")}
    </Button>
  );
}

export function DropZone({ isOver, areSeveral, onFiles }: { isOver: boolean; areSeveral: boolean; onFiles: (files: readonly File[]) => void }) {
  const { t } = useTranslation("imports");
  return (
    <div className={`${styles.zone ?? ""} ${isOver ? (styles.zoneOver ?? "") : ""}`} role="group" aria-label={t("drop.label")}>
      <span className={styles.zoneIcon} aria-hidden>
        <CloudUploadOutlined />
      </span>
      <p className={styles.zoneTitle}>{isOver ? t("drop.release") : t("drop.title")}</p>
      <FileButton type="primary" size="large" onFiles={onFiles}>
        {t("drop.choose")}
      </FileButton>
      <p className={areSeveral ? styles.wrong : styles.quiet} role={areSeveral ? "alert" : undefined}>
        {areSeveral ? t("drop.several") : t("drop.hint")}
      </p>
      <Example />
    </div>
  );
}
