/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A template for who may change it. */
import message from "antd/es/message";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { Page } from "@/shared/ui/Page";
import { UnsavedGuard } from "@/shared/ui/UnsavedGuard";
import { Time } from "@/shared/ui/values";
import { DeleteTemplate } from "./DeleteTemplate";
import { EditorForm } from "./EditorForm";
import { UsedBy } from "./UsedBy";
import { Versions } from "./Versions";
import { useSaveTemplate, type Template } from "./queries";
import { useForm } from "./useForm";

export function Lead({ template }: { template: Template }) {
  const { t } = useTranslation("template");
  return (
    <>
      {t("lead.version", { version: template.version })} · {t("lead.changed")} <Time value={template.changed_at} />
      {template.changed_by !== null && `, ${template.changed_by}`}
    </>
  );
}

/* Codes of confirmation are sent one by one, never by a campaign. */
export function WriteCampaign({ template }: { template: Template }) {
  const { t } = useTranslation("template");
  const mayWrite = useRight("campaigns.edit");
  if (!mayWrite || template.category === "authorisation") return null;
  return <ButtonLink to={`/campaigns/new?template=${template.id}`}>{t("write")}</ButtonLink>;
}

export function EditableTemplate({ template }: { template: Template }) {
  const { t } = useTranslation("template");
  const [toast, toasts] = message.useMessage();
  const form = useForm(template);
  const save = useSaveTemplate(template.id, ({ version }) => void toast.success(version === template.version ? t("save.done") : t("save.done_version", { version })));
  return (
    <Page
      title={template.name}
      lead={<Lead template={template} />}
      back={{ to: "/templates", label: t("back") }}
      actions={
        <>
          <WriteCampaign template={template} />
          <DeleteTemplate template={template} />
        </>
      }
    >
      {toasts}
      <EditorForm form={form} save={save} saveLabel={t("save.changes")} />
      <UsedBy template={template} />
      <Versions template={template} restore={{ isHeld: form.isChanged, onRestored: ({ text, spelling }) => form.change({ text, spelling }) }} />
      <UnsavedGuard text={t("leave")} isUnsaved={form.isChanged && !save.isPending} />
    </Page>
  );
}
