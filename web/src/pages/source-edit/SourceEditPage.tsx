/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sets up a source, or changes how one is set up. */
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { Source } from "@/api/types";
import { useSource } from "@/features/source-words/queries";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { SourceForm } from "./SourceForm";
import { useKinds } from "./queries";

function Editor({ source }: { source: Source | null }) {
  const { t } = useTranslation("source-edit");
  const { data, error, refetch } = useKinds();
  if (data === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  return (
    <Page
      title={source === null ? t("title") : t("title_change", { name: source.name })}
      tabTitle={t("tab_title")}
      lead={source === null ? t("lead") : t("lead_change")}
      back={source === null ? { to: "/sources", label: t("back") } : { to: `/sources/${source.id}`, label: source.name }}
      narrow
    >
      <SourceForm source={source} kinds={data} />
    </Page>
  );
}

function Change({ id }: { id: string }) {
  const { data, error, refetch } = useSource(id);
  if (data !== undefined) return <Editor source={data} />;
  return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
}

export default function SourceEditPage() {
  const { id } = useParams();
  return id === undefined ? <Editor source={null} /> : <Change key={id} id={id} />;
}
