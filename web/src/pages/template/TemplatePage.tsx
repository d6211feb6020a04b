/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One template: its text with a look at it, its versions, who uses it. */
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { UnsavedGuard } from "@/shared/ui/UnsavedGuard";
import { EditableTemplate } from "./EditableTemplate";
import { EditorForm } from "./EditorForm";
import { useSaveTemplate, useTemplate } from "./queries";
import { ReadOnlyTemplate } from "./ReadOnlyTemplate";
import { useForm } from "./useForm";

function New() {
  const { t } = useTranslation("template");
  const navigate = useNavigate();
  const form = useForm(null);
  const save = useSaveTemplate(null, ({ id }) => void navigate(`/templates/${id}`, { replace: true }));
  return (
    <Page title={t("new.title")} lead={t("new.lead")} back={{ to: "/templates", label: t("back") }}>
      <EditorForm form={form} save={save} saveLabel={t("save.new")} />
      <UnsavedGuard text={t("leave")} isUnsaved={form.isChanged && !save.isPending && !save.isSuccess} />
    </Page>
  );
}

function Existing({ id }: { id: string }) {
  const { data, error, refetch } = useTemplate(id);
  const mayEdit = useRight("templates.edit");
  if (data === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  return mayEdit ? <EditableTemplate template={data} /> : <ReadOnlyTemplate template={data} />;
}

export default function TemplatePage() {
  const { id } = useParams();
  return id === undefined ? <New /> : <Existing key={id} id={id} />;
}
