/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The name and the conditions, beside them how many clients they mean and the button that saves. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel } from "@/shared/ui/Page";
import { Builder } from "./Builder";
import type { Catalog } from "./catalog";
import { LiveCount } from "./LiveCount";
import type { ListRow, useSaveList } from "./queries";
import type { Editor } from "./useEditor";
import styles from "./List.module.css";

export const nameMax = 200;
const typingMs = 350;

interface EditorFormProps {
  editor: Editor;
  catalog: Catalog;
  lists: readonly ListRow[];
  save: ReturnType<typeof useSaveList>;
  saveLabel: string;
}

/* Why it cannot be saved yet. */
function useObstacle({ name, tree, unfinished, isChanged }: Editor): string | undefined {
  const { t } = useTranslation("list");
  if (tree === null && unfinished === 0) return t("save.no_conditions");
  if (unfinished > 0) return t("save.unfinished", { count: unfinished });
  if (name.trim() === "") return t("save.no_name");
  return isChanged ? undefined : t("save.nothing");
}

function NameField({ editor, wrong }: { editor: Editor; wrong: boolean }) {
  const { t } = useTranslation("list");
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {t("name.label")}
      </label>
      <Input
        id={id}
        size="large"
        value={editor.name}
        maxLength={nameMax}
        autoComplete="off"
        placeholder={t("name.example")}
        status={wrong ? "error" : ""}
        aria-invalid={wrong}
        aria-describedby={`${id}-note`}
        onChange={({ target }) => editor.setName(target.value)}
      />
      <p id={`${id}-note`} className={styles.wrong}>
        {wrong && t("name.taken")}
      </p>
    </div>
  );
}

function Save({ editor, save, saveLabel }: Pick<EditorFormProps, "editor" | "save" | "saveLabel">) {
  const obstacle = useObstacle(editor);
  const id = useId();
  return (
    <div className={styles.save}>
      <Button type="primary" size="large" htmlType="submit" block disabled={obstacle !== undefined} loading={save.isPending} aria-describedby={id}>
        {saveLabel}
      </Button>
      <p id={id} className={styles.note}>
        {obstacle}
      </p>
    </div>
  );
}

export function EditorForm({ editor, catalog, lists, save, saveLabel }: EditorFormProps) {
  const { t } = useTranslation("list");
  const isTaken = save.error !== null && asProblem(save.error).expected("name") !== undefined;
  const asked = useDebounced(editor.tree === null ? null : JSON.stringify(editor.tree), typingMs);
  const submit = () => {
    if (editor.tree !== null && editor.unfinished === 0 && editor.name.trim() !== "") save.mutate({ name: editor.name.trim(), criteria: editor.tree });
  };
  return (
    <form
      className={styles.editor}
      aria-label={t("conditions")}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className={styles.main}>
        <NameField editor={editor} wrong={isTaken} />
        <Panel className={styles.builderPanel ?? ""}>
          <Builder catalog={catalog} lists={lists} group={editor.group} onChange={editor.setGroup} />
        </Panel>
      </div>
      <div className={styles.aside}>
        <Panel className={styles.asidePanel ?? ""}>
          <LiveCount asked={asked} isUnfinished={editor.unfinished > 0} />
          {save.error !== null && !isTaken && <ErrorView error={save.error} inline />}
          <Save editor={editor} save={save} saveLabel={saveLabel} />
        </Panel>
      </div>
    </form>
  );
}
