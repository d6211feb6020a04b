/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Enters a consent with everything that proves it. */
import Button from "antd/es/button";
import message from "antd/es/message";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Purpose } from "@/api/types";
import { ConsentForm } from "./ConsentForm";

export function GiveConsent({ id, phone, purposes }: { id: string; phone: string; purposes: readonly Purpose[] }) {
  const { t } = useTranslation("client");
  const [toast, toasts] = message.useMessage();
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      {toasts}
      <Button onClick={() => setOpen(true)}>{t("give.button")}</Button>
      <ConsentForm
        id={id}
        phone={phone}
        purposes={purposes}
        open={isOpen}
        onClose={() => setOpen(false)}
        onEntered={({ outcome }) => {
          setOpen(false);
          if (outcome === "given") void toast.success(t("give.done"));
          else void toast.warning(t("give.superseded"));
        }}
      />
    </div>
  );
}
