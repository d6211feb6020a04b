/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A list that follows from conditions, for who may change it. */
import message from "antd/es/message";
import { useTranslation } from "react-i18next";
import { Page } from "@/shared/ui/Page";
import { UnsavedGuard } from "@/shared/ui/UnsavedGuard";
import type { Catalog, Tree } from "./catalog";
import { DeleteList } from "./DeleteList";
import { EditorForm } from "./EditorForm";
import { Insight } from "./Insight";
import { ListLead } from "./ListLead";
import { UsedBy } from "./UsedBy";
import { useSaveList, type ListRow, type WholeList } from "./queries";
import { useEditor } from "./useEditor";

export interface ListProps {
  list: WholeList;
  catalog: Catalog;
  lists: readonly ListRow[];
}

export function DynamicList({ list, criteria, catalog, lists }: ListProps & { criteria: Tree }) {
  const { t } = useTranslation("list");
  const [toast, toasts] = message.useMessage();
  const editor = useEditor(catalog, { name: list.name, criteria });
  const save = useSaveList(list.id, () => void toast.success(t("save.done")));
  // A list among its own conditions would have no end.
  const others = lists.filter(({ id }) => id !== list.id);
  return (
    <Page title={list.name} lead={<ListLead list={list} />} back={{ to: "/lists", label: t("back") }} actions={<DeleteList list={list} />}>
      {toasts}
      <EditorForm editor={editor} catalog={catalog} lists={others} save={save} saveLabel={t("save.changes")} />
      <UsedBy list={list} />
      <Insight tree={editor.tree} catalog={catalog} lists={lists} />
      <UnsavedGuard text={t("leave.text")} isUnsaved={editor.isChanged && !save.isPending} />
    </Page>
  );
}
