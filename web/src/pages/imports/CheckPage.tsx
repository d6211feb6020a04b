/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The chosen file before it is sent: how it is understood, or why it cannot be. */
import type { UseMutationResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useBytes } from "@/features/import-file/words";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page, Panel } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { CheckForm } from "./CheckForm";
import { Cure } from "./Cure";
import { FileButton } from "./FileButton";
import { FileTrouble, type Look } from "./useLook";
import styles from "./Imports.module.css";

type LookResult = UseMutationResult<Look, Error, File>;

function CheckSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={styles.check} role="status" aria-label={t("layout.loading")}>
      <Panel>
        <Skeleton rows={12} />
      </Panel>
      <Panel>
        <Skeleton rows={8} />
      </Panel>
    </div>
  );
}

function Content({ look }: { look: LookResult }) {
  if (look.data !== undefined) return <CheckForm look={look.data} />;
  if (look.error instanceof FileTrouble) return <Cure kind={look.error.kind} type="error" />;
  if (look.error !== null) return <ErrorView error={look.error} onAgain={() => look.mutate(look.variables)} inline />;
  return <CheckSkeleton />;
}

export function CheckPage({ look, onFiles }: { look: LookResult; onFiles: (files: readonly File[]) => void }) {
  const { t } = useTranslation("imports");
  const bytes = useBytes();
  const file = look.variables;
  return (
    <Page
      title={t("check.title")}
      lead={file !== undefined && `${file.name} · ${bytes(file.size)}`}
      back={{ to: "/imports", label: t("title") }}
      actions={<FileButton onFiles={onFiles}>{t("check.another")}</FileButton>}
    >
      {/* Another file begins anew. */}
      <Content key={look.submittedAt} look={look} />
    </Page>
  );
}
