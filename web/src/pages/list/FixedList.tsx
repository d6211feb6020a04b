/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A list from a file: its name can be changed, its clients come by imports. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import message from "antd/es/message";
import { useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page, PanelSection } from "@/shared/ui/Page";
import { DeleteList } from "./DeleteList";
import type { ListProps } from "./DynamicList";
import { Insight } from "./Insight";
import { ListLead } from "./ListLead";
import { OwnColumns } from "./OwnColumns";
import { UsedBy } from "./UsedBy";
import { nameMax } from "./EditorForm";
import { useRenameList, type WholeList } from "./queries";
import styles from "./List.module.css";

function NameForm({ list }: { list: WholeList }) {
  const { t } = useTranslation("list");
  const id = useId();
  const [toast, toasts] = message.useMessage();
  const [name, setName] = useState(list.name);
  const rename = useRenameList(list.id, () => void toast.success(t("save.done")));
  const wrong = rename.error === null ? undefined : asProblem(rename.error).expected("name");
  const isReady = name.trim() !== "" && name.trim() !== list.name;
  return (
    <form
      className={styles.nameForm}
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) rename.mutate(name.trim());
      }}
    >
      {toasts}
      <div className={styles.field}>
        <label htmlFor={id} className={styles.label}>
          {t("name.label")}
        </label>
        <Input id={id} value={name} maxLength={nameMax} autoComplete="off" status={wrong === undefined ? "" : "error"} onChange={({ target }) => setName(target.value)} />
        {wrong !== undefined && <p className={styles.wrong}>{t("name.taken")}</p>}
      </div>
      <Button htmlType="submit" disabled={!isReady} loading={rename.isPending}>
        {t("name.rename")}
      </Button>
      {rename.error !== null && wrong === undefined && <ErrorView error={rename.error} inline />}
    </form>
  );
}

export function FixedList({ list, catalog, lists, mayEdit }: ListProps & { mayEdit: boolean }) {
  const { t } = useTranslation("list");
  const members = useMemo(() => ({ criterion: "in_list", op: "is", list: list.id }), [list.id]);
  return (
    <Page title={list.name} lead={<ListLead list={list} />} back={{ to: "/lists", label: t("back") }} actions={mayEdit && <DeleteList list={list} />}>
      {mayEdit && (
        <PanelSection title={t("name.title")}>
          <NameForm list={list} />
        </PanelSection>
      )}
      <OwnColumns columns={list.columns} />
      <UsedBy list={list} />
      <Insight tree={members} catalog={catalog} lists={lists} isFixed />
    </Page>
  );
}
