/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where the text of a message is written: fields put in at the caret, what is wrong and what is expensive
 * marked at its place, parts counted as one types. */
import Button from "antd/es/button";
import Select from "antd/es/select";
import { useId, useLayoutEffect, useMemo, useRef, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useWidth } from "@/shared/hooks/useWidth";
import { CostlyNote } from "./CostlyNote";
import { Counter } from "./Counter";
import { Fallbacks } from "./Fallbacks";
import { costlyCharacters, isCyrillic, isCyrillicAnyway } from "./costly";
import { runsOf } from "./marks";
import { usePlaceholders, type Placeholder, type Preview } from "./queries";
import { characterNumber, fieldsOf, placeholder, problemOf, scan, withFallbacks, type TemplateProblem } from "./template";
import { useFieldName } from "./useFieldName";
import styles from "./TextEditor.module.css";

const textMax = 2000;
/* Of every client; the rest stands in the list of other fields. */
const buttons = ["first_name", "last_name", "middle_name"];

interface TextEditorProps {
  value: string;
  onChange: (text: string) => void;
  /* What clients would read, when it is known. */
  preview: Preview | undefined;
  /* Why the text cannot be used as it is, beyond what the editor sees itself. */
  error?: string | undefined;
  inputRef?: RefObject<HTMLTextAreaElement | null>;
}

/* Puts text in where the caret is or was last; at the end before the first visit. */
function useInsert(ref: RefObject<HTMLTextAreaElement | null>, value: string, onChange: (text: string) => void) {
  const visited = useRef(false);
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caret.current === null) return;
    ref.current?.focus();
    ref.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [ref, value]);
  const insert = (text: string) => {
    const [from, to] = visited.current && ref.current !== null ? [ref.current.selectionStart, ref.current.selectionEnd] : [value.length, value.length];
    if (value.length - (to - from) + text.length > textMax) return;
    caret.current = from + text.length;
    visited.current = true;
    onChange(value.slice(0, from) + text + value.slice(to));
  };
  return { insert, onVisit: () => void (visited.current = true) };
}

function Insert({ placeholders, onInsert }: { placeholders: readonly Placeholder[]; onInsert: (name: string) => void }) {
  const { t } = useTranslation("message-text");
  const fieldName = useFieldName();
  // As small as a thumb allows.
  const size = useWidth() === "phone" ? "medium" : "small";
  const others = placeholders.filter(({ name }) => !buttons.includes(name));
  return (
    <div className={styles.insert} role="group" aria-label={t("insert.label")}>
      <span className={styles.insertLabel}>{t("insert.label")}</span>
      {buttons.map((name) => (
        <Button key={name} size={size} onClick={() => onInsert(name)}>
          {fieldName(name)}
        </Button>
      ))}
      <Select<string>
        size={size}
        className={styles.others ?? ""}
        value={null}
        placeholder={t("insert.other")}
        aria-label={t("insert.other")}
        showSearch={{ optionFilterProp: "label" }}
        popupMatchSelectWidth={false}
        options={others.map(({ name }) => ({ value: name, label: fieldName(name) }))}
        onSelect={(name) => onInsert(name)}
      />
    </div>
  );
}

function useProblemSentence(): (problem: TemplateProblem, text: string) => string {
  const { t } = useTranslation("message-text");
  return (problem, text) => t("problem.at", { position: characterNumber(text, problem.from), problem: t(`problem.${problem.kind}`, { name: problem.name ?? "" }) });
}

export function TextEditor({ value, onChange, preview, error, inputRef }: TextEditorProps) {
  const { t } = useTranslation("message-text");
  const id = useId();
  const own = useRef<HTMLTextAreaElement>(null);
  const ref = inputRef ?? own;
  const placeholders = usePlaceholders().data;
  const { insert, onVisit } = useInsert(ref, value, onChange);
  const sentence = useProblemSentence();

  const template = useMemo(() => scan(value), [value]);
  const known = useMemo(() => placeholders && new Set(placeholders.flatMap(({ name, russian }) => (russian === null ? [name] : [name, russian]))), [placeholders]);
  const problem = problemOf(template, known);
  const costly = useMemo(() => costlyCharacters(value, template), [value, template]);
  const dataIsCyrillic = useMemo(() => {
    const texts = (preview?.samples ?? []).flatMap(({ text }) => (text === null ? [] : [text]));
    return fieldsOf(template).length > 0 && !isCyrillic(withFallbacks(template)) && isCyrillicAnyway(texts);
  }, [template, preview]);
  const wrong = problem === null ? error : sentence(problem, value);

  return (
    <div className={styles.editor}>
      <label htmlFor={id} className={styles.label}>
        {t("label")}
      </label>
      <Insert placeholders={placeholders ?? []} onInsert={(name) => insert(placeholder(name, null))} />
      <div className={styles.frame} data-wrong={wrong !== undefined}>
        <div className={styles.mirror} aria-hidden>
          {runsOf(value, template, costly, problem).map(({ text, look }, i) => (
            <span key={i} className={styles[look]}>
              {text}
            </span>
          ))}
          {/* The last line has its height though nothing stands on it. */}
          {"\u200b"}
        </div>
        <textarea
          ref={ref}
          id={id}
          className={styles.input}
          value={value}
          maxLength={textMax}
          placeholder={t("example")}
          aria-invalid={wrong !== undefined}
          aria-describedby={`${id}-wrong ${id}-count`}
          onFocus={onVisit}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
      <p id={`${id}-wrong`} className={styles.wrong} role="alert">
        {wrong}
      </p>
      <div id={`${id}-count`}>
        <Counter template={template} preview={preview} dataIsCyrillic={dataIsCyrillic} />
      </div>
      <CostlyNote text={value} costly={costly} dataIsCyrillic={dataIsCyrillic} onChange={onChange} />
      <Fallbacks text={value} template={template} preview={preview} onChange={onChange} />
    </div>
  );
}
