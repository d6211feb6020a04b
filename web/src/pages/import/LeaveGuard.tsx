/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Asks before a page is left whose file is still leaving: the import is given up with it. */
import Modal from "antd/es/modal";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";
import { isUnsent, type Upload } from "@/features/import-file/uploads";
import { useCancelImport } from "@/features/import-file/useUpload";

export function LeaveGuard({ upload }: { upload: Upload | undefined }) {
  const { t } = useTranslation("import");
  const unsent = isUnsent(upload);
  const blocker = useBlocker(({ currentLocation, nextLocation }) => unsent && currentLocation.pathname !== nextLocation.pathname);
  const cancel = useCancelImport(upload?.importId ?? "");

  // Given up, or all has left while the question stood: nothing can be lost any more.
  useEffect(() => {
    if (!unsent && blocker.state === "blocked") blocker.proceed();
  }, [unsent, blocker]);

  return (
    <Modal
      open={blocker.state === "blocked" && unsent}
      title={t("leave.title")}
      okText={t("leave.go")}
      cancelText={t("leave.stay")}
      okButtonProps={{ danger: true }}
      confirmLoading={cancel.isPending}
      onOk={() => cancel.mutate()}
      onCancel={() => blocker.reset?.()}
      width={440}
    >
      {t("leave.text")}
    </Modal>
  );
}
