/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Asks before a page is left on which something was changed and not saved; the browser asks before it is closed. */
import Modal from "antd/es/modal";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";

/* `text` says what would be lost. */
export function UnsavedGuard({ isUnsaved, text }: { isUnsaved: boolean; text: string }) {
  const { t } = useTranslation();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => isUnsaved && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (!isUnsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isUnsaved]);
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
      {text}
    </Modal>
  );
}
