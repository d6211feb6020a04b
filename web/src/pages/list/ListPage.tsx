/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One list: by whom it is made up, who is on it and why, who uses it. */
import { useParams } from "react-router";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { DynamicList } from "./DynamicList";
import { FixedList } from "./FixedList";
import { NewList } from "./NewList";
import { useCatalog, useList, useLists } from "./queries";
import { ReadOnlyList } from "./ReadOnlyList";

function Existing({ id }: { id: string }) {
  const list = useList(id);
  const catalog = useCatalog();
  const lists = useLists();
  const mayEdit = useRight("lists.edit");
  const error = list.error ?? catalog.error ?? lists.error;
  if (list.data === undefined || catalog.data === undefined || lists.data === undefined) {
    const again = () => void Promise.all([list.refetch(), catalog.refetch(), lists.refetch()]);
    return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={again} />;
  }
  const props = { list: list.data, catalog: catalog.data, lists: lists.data };
  if (list.data.criteria === null) return <FixedList {...props} mayEdit={mayEdit} />;
  return mayEdit ? <DynamicList {...props} criteria={list.data.criteria} /> : <ReadOnlyList {...props} criteria={list.data.criteria} />;
}

function New() {
  const catalog = useCatalog();
  const lists = useLists();
  const error = catalog.error ?? lists.error;
  if (catalog.data === undefined || lists.data === undefined) {
    return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void Promise.all([catalog.refetch(), lists.refetch()])} />;
  }
  return <NewList catalog={catalog.data} lists={lists.data} />;
}

export default function ListPage() {
  const { id } = useParams();
  return id === undefined ? <New /> : <Existing key={id} id={id} />;
}
