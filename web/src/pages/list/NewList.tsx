/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Page } from "@/shared/ui/Page";
import { UnsavedGuard } from "@/shared/ui/UnsavedGuard";
import type { Catalog } from "./catalog";
import { EditorForm } from "./EditorForm";
import { Insight } from "./Insight";
import { useSaveList, type ListRow } from "./queries";
import { useEditor } from "./useEditor";

export function NewList({ catalog, lists }: { catalog: Catalog; lists: readonly ListRow[] }) {
  const { t } = useTranslation("list");
  const navigate = useNavigate();
  const editor = useEditor(catalog, null);
  const save = useSaveList(null, ({ id }) => void navigate(`/lists/${id}`, { replace: true }));
  return (
    <Page title={t("new.title")} lead={t("new.lead")} back={{ to: "/lists", label: t("back") }}>
      <EditorForm editor={editor} catalog={catalog} lists={lists} save={save} saveLabel={t("save.new")} />
      <Insight tree={editor.tree} catalog={catalog} lists={lists} />
      <UnsavedGuard text={t("leave.text")} isUnsaved={editor.isChanged && !save.isPending && !save.isSuccess} />
    </Page>
  );
}
