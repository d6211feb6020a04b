/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Only what is new, or everything each time: then who is missing is gone. */
import Input from "antd/es/input";
import { useTranslation } from "react-i18next";
import { Choice, Choices } from "@/shared/ui/Choice";
import { Field } from "@/shared/ui/Field";
import { needsCursor, type Kind, type SourceForm } from "./form";
import type { Change } from "./SourceForm";
import styles from "./SourceEdit.module.css";

const columnMax = 128;

function Label({ name, text }: { name: string; text: string }) {
  return (
    <span>
      <span className={styles.choiceName}>{name}</span>
      <span className={styles.choiceText}>{text}</span>
    </span>
  );
}

export function Mode({ form, kind, wrong, onChange }: { form: SourceForm; kind: Kind; wrong: string | undefined; onChange: Change }) {
  const { t } = useTranslation("source-edit");
  const words = useTranslation("source-words").t;
  const { mode } = form;
  return (
    <Choices title={t("section.how_much")}>
      <Choice group="mode" label={<Label name={words("mode.incremental")} text={kind.has_cursor_column ? t("mode.incremental_rows") : t("mode.incremental_files")} />} isChosen={mode === "incremental"} onChoose={() => onChange({ mode: "incremental" })}>
        {needsCursor(form, kind) && (
          <div>
            <Field label={t("mode.cursor")} note={t("mode.cursor_note")} wrong={wrong}>
              {(props) => <Input {...props} value={form.cursorColumn} maxLength={columnMax} autoComplete="off" spellCheck={false} onChange={({ target }) => onChange({ cursorColumn: target.value })} />}
            </Field>
          </div>
        )}
      </Choice>
      <Choice group="mode" label={<Label name={words("mode.full")} text={t("mode.full")} />} isChosen={mode === "full"} onChoose={() => onChange({ mode: "full" })}>
        {mode === "full" && <p className={styles.quiet}>{t("mode.full_note")}</p>}
      </Choice>
    </Choices>
  );
}
