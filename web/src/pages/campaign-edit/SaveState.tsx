/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether what was typed is safe. */
import CheckOutlined from "@ant-design/icons/es/icons/CheckOutlined";
import CloudSyncOutlined from "@ant-design/icons/es/icons/CloudSyncOutlined";
import WarningOutlined from "@ant-design/icons/es/icons/WarningOutlined";
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import Space from "antd/es/space";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatTime } from "@/shared/lib/format";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { useProblemText } from "@/shared/ui/ErrorView";
import type { DraftSaver, Snapshot } from "./draft-saver";
import styles from "./Wizard.module.css";

function Saved({ atMs }: { atMs: number | null }) {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  return (
    <>
      <CheckOutlined aria-hidden /> {atMs === null ? t("save.saved") : t("save.saved_at", { time: formatTime(new Date(atMs).toISOString(), language) })}
    </>
  );
}

function Sentence({ saver, snapshot }: { saver: DraftSaver; snapshot: Snapshot }) {
  const { t } = useTranslation("campaign-edit");
  const problemText = useProblemText();
  const { phase, problem, savedAtMs } = snapshot;
  switch (phase) {
    case "new":
      return t("save.new");
    case "saving":
      return (
        <>
          <CloudSyncOutlined aria-hidden /> {t("save.saving")}
        </>
      );
    case "saved":
      return <Saved atMs={savedAtMs} />;
    case "held":
      return (
        <span className={styles.unsaved}>
          <WarningOutlined aria-hidden /> {problem === null ? t("save.held") : t("save.refused", { detail: problem.errors[0]?.expected ?? problemText(problem).detail })}
        </span>
      );
    case "failed":
      return (
        <span className={styles.unsaved}>
          <WarningOutlined aria-hidden /> {t("save.failed", { title: problemText(problem).title })}{" "}
          <Button type="link" size="small" className={styles.inlineButton ?? ""} onClick={() => void saver.flush()}>
            {t("actions.again", { ns: "common" })}
          </Button>
        </span>
      );
    case "gone":
      return (
        <span className={styles.unsaved}>
          <WarningOutlined aria-hidden /> {t("save.gone")}
        </span>
      );
  }
}

export function SaveState(props: { saver: DraftSaver; snapshot: Snapshot }) {
  return (
    <span role="status" className={styles.saveState}>
      <Sentence {...props} />
    </span>
  );
}

/* Somebody launched or deleted the draft meanwhile. */
export function Gone({ saver, snapshot }: { saver: DraftSaver; snapshot: Snapshot }) {
  const { t } = useTranslation("campaign-edit");
  const isDeleted = snapshot.problem?.status === 404;
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      title={isDeleted ? t("gone.deleted") : t("gone.launched")}
      description={t("gone.text")}
      action={
        <Space orientation="vertical">
          <Button size="small" type="primary" onClick={() => void saver.startOver()}>
            {t("gone.start_over")}
          </Button>
          {!isDeleted && snapshot.id !== null && (
            <ButtonLink size="small" to={`/campaigns/${snapshot.id}`}>
              {t("gone.open")}
            </ButtonLink>
          )}
        </Space>
      }
    />
  );
}
