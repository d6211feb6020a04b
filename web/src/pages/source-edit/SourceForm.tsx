/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where from, how much, when, what the columns mean: in the order people think. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { asProblem } from "@/api/problem";
import type { Source, SourceKind } from "@/api/types";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { PanelSection } from "@/shared/ui/Page";
import { Columns } from "./Columns";
import { Mode } from "./Mode";
import { Place } from "./Place";
import { Schedule } from "./Schedule";
import { UnsavedGuard } from "./UnsavedGuard";
import { emptyForm, fieldsFrom, formOf, isRight, wrongsOf, type Kind, type SourceForm as Form } from "./form";
import { useSaveSource } from "./queries";
import styles from "./SourceEdit.module.css";

const nameMax = 200;

export type Change = (change: Partial<Form>) => void;

function KindField({ value, kinds, onChange }: { value: SourceKind; kinds: readonly Kind[]; onChange: Change }) {
  const { t } = useTranslation("source-edit");
  const words = useTranslation("source-words").t;
  return (
    <Field label={t("kind")} note={t(`kind_note.${value}`)}>
      {(props) => <Select<SourceKind> {...props} className={styles.control ?? ""} value={value} options={kinds.map(({ kind }) => ({ value: kind, label: words(`kind.${kind}`) }))} onChange={(kind) => onChange({ kind })} />}
    </Field>
  );
}

export function SourceForm({ source, kinds }: { source: Source | null; kinds: readonly Kind[] }) {
  const { t } = useTranslation("source-edit");
  const navigate = useNavigate();
  const [first] = useState(() => (source === null ? emptyForm : formOf(source)));
  const [form, setForm] = useState(first);
  // What is missing is said once somebody has tried to save.
  const [isTried, setTried] = useState(false);
  // Known at once, unlike state: the way to the source's page begins before the next picture.
  const isSaved = useRef(false);
  const save = useSaveSource(source?.id ?? null, (saved) => {
    isSaved.current = true;
    void navigate(`/sources/${saved.id}`, { replace: true });
  });
  const kind = kinds.find((one) => one.kind === form.kind) ?? kinds[0];
  if (kind === undefined) return null;
  const change: Change = (fields) => setForm((before) => ({ ...before, ...fields }));
  const wrongs = wrongsOf(form, kind);
  const problem = save.error === null ? null : asProblem(save.error);
  const told = (field: string) => problem?.expected(field);
  const isOn = source?.enabled === true;
  const submit = () => {
    setTried(true);
    if (isRight(wrongs)) save.mutate(fieldsFrom(form, kind, isOn));
    else requestAnimationFrame(() => document.querySelector<HTMLElement>("main [aria-invalid='true']")?.focus());
  };
  return (
    <form
      className={styles.form}
      aria-label={t("tab_title")}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <PanelSection title={t("section.where")} className={styles.panel}>
        <Field label={t("name")} note={t("name_note")} wrong={told("name") ?? (isTried && wrongs.name ? t("wrong.name") : undefined)}>
          {(props) => <Input {...props} value={form.name} maxLength={nameMax} autoComplete="off" onChange={({ target }) => change({ name: target.value })} />}
        </Field>
        <KindField value={form.kind} kinds={kinds} onChange={change} />
        <Place form={form} kind={kind} source={source} missing={isTried ? wrongs.settings : []} told={told} onChange={change} />
      </PanelSection>
      <PanelSection title={t("section.how_much")} className={styles.panel}>
        <Mode form={form} kind={kind} wrong={told("cursor_column") ?? (isTried && wrongs.cursorColumn ? t("wrong.cursor") : undefined)} onChange={change} />
      </PanelSection>
      <PanelSection title={t("section.when")} className={styles.panel}>
        <Schedule form={form} wrong={wrongs.dailyAt ? t("wrong.daily") : undefined} onChange={change} />
      </PanelSection>
      <PanelSection title={t("section.columns")} className={styles.panel}>
        <Columns rows={form.columns} wrongs={isTried ? wrongs.columns : []} onChange={(columns) => change({ columns })} />
      </PanelSection>
      {save.error !== null && <ErrorView error={save.error} inline />}
      <div className={styles.foot}>
        <Button type="primary" size="large" htmlType="submit" loading={save.isPending}>
          {isOn ? t("save") : t("save_and_try")}
        </Button>
        <p className={styles.quiet}>{isOn ? t("save_note") : t("save_and_try_note")}</p>
      </div>
      <UnsavedGuard isUnsaved={() => form !== first && !isSaved.current} />
    </form>
  );
}
