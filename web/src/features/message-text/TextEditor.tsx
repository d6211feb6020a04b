/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where the text of a message is written: fields put in at the caret, what is wrong and what is expensive
 * marked at its place, parts counted as one types. */
import { useId, useLayoutEffect, useMemo, useRef, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { CostlyNote } from "./CostlyNote";
import { Counter } from "./Counter";
import { Fallbacks } from "./Fallbacks";
import { Insert } from "./Insert";
import { costlyCharacters, isCyrillic, isCyrillicAnyway } from "./costly";
import { runsOf } from "./marks";
import { useKnownNames, usePlaceholders, type Lacking, type Preview } from "./queries";
import type { Spelling } from "./spelling";
import { characterIndex, characterNumber, fieldsOf, problemOf, scan, withFallbacks, type Template, type TemplateProblem } from "./template";
import styles from "./TextEditor.module.css";

const textMax = 2000;
const nobodyLacks: Lacking = [];

type ServerProblem = Preview["problems"][number];

interface TextEditorProps {
  value: string;
  onChange: (text: string) => void;
  /* How it will be spelled. */
  spelling: Spelling;
  /* Whom the text is for; null: all clients. */
  listId?: string | null;
  /* What clients would read, when it is known. */
  preview: Preview | undefined;
  /* What the server finds wrong with the text as it stands, beyond what the editor sees itself. */
  problem?: ServerProblem | undefined;
  /* Why the text cannot be used as it is, apart from what stands in it. */
  error?: string | undefined;
  /* Who lacks a field that the text cannot do without; of all clients. */
  lacking?: Lacking | undefined;
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

interface Wrong {
  from: number;
  to: number;
  sentence: string;
}

/* The place the server names, with the whole placeholder that stands there. */
function placeOf(text: string, template: Template, { position }: ServerProblem): { from: number; to: number } {
  const at = characterIndex(text, position);
  const piece = template.pieces.find(({ from, to }) => from <= at && at < to);
  return piece === undefined || piece.kind === "literal" ? { from: at, to: Math.min(at + 1, text.length) } : piece;
}

function useWrong(text: string, template: Template, problem: TemplateProblem | null, server: ServerProblem | undefined): Wrong | null {
  const { t } = useTranslation("message-text");
  if (problem !== null) {
    const { kind, name = "", from, to } = problem;
    return { from, to, sentence: t("problem.at", { position: characterNumber(text, from), problem: t(`problem.${kind}`, { name }) }) };
  }
  return server === undefined ? null : { ...placeOf(text, template, server), sentence: server.message };
}

export function TextEditor({ value, onChange, spelling, listId = null, preview, problem: server, error, lacking = nobodyLacks, inputRef }: TextEditorProps) {
  const { t } = useTranslation("message-text");
  const id = useId();
  const own = useRef<HTMLTextAreaElement>(null);
  const ref = inputRef ?? own;
  const placeholders = usePlaceholders(listId).data;
  const { insert, onVisit } = useInsert(ref, value, onChange);

  const template = useMemo(() => scan(value), [value]);
  const problem = problemOf(template, useKnownNames(listId));
  const wrong = useWrong(value, template, problem, server);
  const costly = useMemo(() => costlyCharacters(value, template, spelling), [value, template, spelling]);
  const lackingNames = useMemo(() => new Set(lacking.map(({ field }) => field)), [lacking]);
  const dataIsCyrillic = useMemo(() => {
    const texts = (preview?.samples ?? []).flatMap(({ text }) => (text === null ? [] : [text]));
    return fieldsOf(template).length > 0 && !isCyrillic(withFallbacks(template)) && isCyrillicAnyway(texts);
  }, [template, preview]);
  const said = wrong?.sentence ?? error;

  return (
    <div className={styles.editor}>
      <label htmlFor={id} className={styles.label}>
        {t("label")}
      </label>
      <Insert placeholders={placeholders ?? []} onInsert={insert} />
      <div className={styles.frame} data-wrong={said !== undefined}>
        <div className={styles.mirror} aria-hidden>
          {runsOf(value, template, costly, wrong, lackingNames).map(({ text, look }, i) => (
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
          aria-invalid={said !== undefined}
          aria-describedby={`${id}-wrong ${id}-count`}
          onFocus={onVisit}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
      <p id={`${id}-wrong`} className={styles.wrong} role="alert">
        {said}
      </p>
      <div id={`${id}-count`}>
        <Counter template={template} spelling={spelling} preview={preview} dataIsCyrillic={dataIsCyrillic && spelling !== "latin"} />
      </div>
      <CostlyNote text={value} costly={costly} dataIsCyrillic={dataIsCyrillic} onChange={onChange} />
      <Fallbacks text={value} template={template} placeholders={placeholders} preview={preview} lacking={lacking} onChange={onChange} />
    </div>
  );
}
