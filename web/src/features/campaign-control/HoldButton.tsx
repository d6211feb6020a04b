/* SPDX-License-Identifier: AGPL-3.0-or-later */
import CaretRightOutlined from "@ant-design/icons/es/icons/CaretRightOutlined";
import PauseOutlined from "@ant-design/icons/es/icons/PauseOutlined";
import Button, { type ButtonProps } from "antd/es/button";
import { useTranslation } from "react-i18next";
import { ErrorView } from "@/shared/ui/ErrorView";
import { useHold, type Controlled } from "./control";
import styles from "./Controls.module.css";

/* Pause, or resume. */
export function HoldButton({ campaign, ...look }: { campaign: Controlled } & Pick<ButtonProps, "size" | "className">) {
  const { t } = useTranslation("campaign-control");
  const hold = useHold(campaign);
  const isPaused = campaign.status === "paused";
  const word = isPaused ? t("resume") : t("pause");
  return (
    <>
      {hold.error !== null && (
        <div className={styles.refused}>
          <ErrorView error={hold.error} inline />
        </div>
      )}
      <Button {...look} icon={isPaused ? <CaretRightOutlined /> : <PauseOutlined />} loading={hold.isPending} onClick={() => hold.mutate()} aria-label={`${word}: ${campaign.name}`}>
        {word}
      </Button>
    </>
  );
}
