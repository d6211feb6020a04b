/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "@/api/problem";
import type { Import } from "@/api/types";
import { useCancelImport } from "@/features/import-file/useUpload";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";

/* One click: nothing of it is stored, and the file stays at hand. */
export function CancelButton({ item }: { item: Import }) {
  const { t } = useTranslation("import");
  const cancel = useCancelImport(item.id);
  const mayImport = useRight("clients.import");
  // It has ended in this very moment: the page shows how.
  const isTooLate = cancel.error instanceof ApiProblem && cancel.error.status === 409;
  if (!mayImport) return null;
  return (
    <>
      <Button danger loading={cancel.isPending} onClick={() => cancel.mutate()}>
        {t("cancel")}
      </Button>
      {cancel.error !== null && !isTooLate && <ErrorView error={cancel.error} inline />}
    </>
  );
}
