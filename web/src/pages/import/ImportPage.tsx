/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One import: on its way in this window or another, or over. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Id, Import, ImportStatus } from "@/api/types";
import type { Upload } from "@/features/import-file/uploads";
import { useUpload } from "@/features/import-file/useUpload";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { ImportStatusTag } from "@/shared/ui/StatusTag";
import { Time } from "@/shared/ui/values";
import { Elsewhere } from "./Elsewhere";
import { LeaveGuard } from "./LeaveGuard";
import { NextSteps } from "./NextSteps";
import { Result } from "./Result";
import { Sending } from "./Sending";

const lookAgainMs = 1000;

function isGoing(status: ImportStatus | undefined): boolean {
  return status === "waiting" || status === "running";
}

/* The file leaves from this window, or has just left and apid's last word is on its way. */
function isHere(upload: Upload | undefined, { status }: Import): upload is Upload {
  return upload !== undefined && (upload.phase !== "over" || (isGoing(status) && upload.problem === null));
}

function useImport(id: Id) {
  return useQuery({
    queryKey: keys.import(id),
    queryFn: ({ signal }) => api.get("/v1/imports/{id}", { path: { id }, signal }),
    refetchInterval: ({ state }) => (isGoing(state.data?.status) ? lookAgainMs : false),
  });
}

/* Whose, when, for which list. */
function Lead({ item }: { item: Import }): ReactNode {
  const { t } = useTranslation("import");
  return (
    <>
      {item.created_by !== null && <>{item.created_by} · </>}
      <Time value={item.created_at} />
      {item.list_name !== null && <> · {t("list", { name: item.list_name })}</>}
    </>
  );
}

function Content({ item, upload }: { item: Import; upload: Upload | undefined }) {
  if (isHere(upload, item)) return <Sending item={item} upload={upload} />;
  if (isGoing(item.status)) return <Elsewhere item={item} upload={upload} />;
  return <Result item={item} upload={upload} />;
}

export default function ImportPage() {
  const { t } = useTranslation("import");
  const { id = "" } = useParams();
  const upload = useUpload(id);
  const { data: item, error, refetch } = useImport(id);
  if (item === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  const status = isHere(upload, item) ? "running" : item.status;
  return (
    <Page
      title={item.file_name}
      tabTitle={t("title")}
      tag={<ImportStatusTag status={status} />}
      lead={<Lead item={item} />}
      back={{ to: "/imports", label: t("back") }}
      actions={isGoing(status) ? undefined : <NextSteps item={item} />}
    >
      {error !== null && <ErrorView error={error} inline />}
      <Content item={item} upload={upload} />
      <LeaveGuard upload={upload} />
    </Page>
  );
}
