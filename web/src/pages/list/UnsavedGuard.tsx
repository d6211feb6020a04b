/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Asks before a list is left that was changed and not saved. */
import Modal from "antd/es/modal";
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";

export function UnsavedGuard({ isUnsaved }: { isUnsaved: boolean }) {
  const { t } = useTranslation("list");
  const blocker = useBlocker(({ currentLocation, nextLocation }) => isUnsaved && currentLocation.pathname !== nextLocation.pathname);
  return (
    <Modal
      open={blocker.state === "blocked"}
      title={t("leave.title")}
      okText={t("leave.go")}
      cancelText={t("leave.stay")}
      okButtonProps={{ danger: true }}
      onOk={() => blocker.proceed?.()}
      onCancel={() => blocker.reset?.()}
      width={440}
    >
      {t("leave.text")}
    </Modal>
  );
}
