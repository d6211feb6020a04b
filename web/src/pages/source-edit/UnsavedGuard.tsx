/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Asks before a form is left that was changed and not saved. */
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";

export function UnsavedGuard({ isUnsaved }: { isUnsaved: () => boolean }) {
  const { t } = useTranslation("source-edit");
  const blocker = useBlocker(({ currentLocation, nextLocation }) => isUnsaved() && currentLocation.pathname !== nextLocation.pathname);
  return (
    <ConfirmDanger open={blocker.state === "blocked"} title={t("leave.title")} confirm={t("leave.go")} onConfirm={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>
      <p>{t("leave.text")}</p>
    </ConfirmDanger>
  );
}
