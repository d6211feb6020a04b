/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Alert from "antd/es/alert";
import { useTranslation } from "react-i18next";
import type { ApiProblem } from "@/api/problem";
import { ErrorView } from "@/shared/ui/ErrorView";

/* Why the file did not arrive. */
export function UploadProblem({ problem }: { problem: ApiProblem }) {
  const { t } = useTranslation("import");
  const known = problem.kind === "file-gone" ? "gone" : problem.kind === "offline" ? "offline" : null;
  if (known === null) return <ErrorView error={problem} inline />;
  return <Alert type="error" showIcon role="alert" title={t(`problem.${known}`)} description={t(`problem.${known}_text`)} />;
}
