/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Why a file was not taken: each wrong line, or what else apid said. */
import Alert from "antd/es/alert";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { BadRows } from "@/features/import-file/BadRows";
import { ErrorView } from "@/shared/ui/ErrorView";
import { wrongLines } from "./sheet";

export function SheetProblem({ error }: { error: unknown }) {
  const { t } = useTranslation("delivery-words");
  const problem = asProblem(error);
  const lines = wrongLines(problem);
  if (lines.length === 0) return <ErrorView error={problem} inline />;
  return (
    <>
      <Alert type="error" showIcon role="alert" title={t("file.wrong", { count: lines.length })} description={t("file.wrong_text")} />
      <BadRows rows={lines} />
    </>
  );
}
