/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the columns mean, what is wrong so far, where the clients go: all of it before the first byte is sent. */
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { BadRows } from "@/features/import-file/BadRows";
import { useStartImport } from "@/features/import-file/useUpload";
import { useBytes, useFileForm } from "@/features/import-file/words";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber } from "@/shared/lib/format";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel, Section } from "@/shared/ui/Page";
import { ColumnsTable } from "./ColumnsTable";
import { Cure } from "./Cure";
import { ListField } from "./ListField";
import { OnErrorField, type OnError } from "./OnErrorField";
import { SampleRows } from "./SampleRows";
import { expectedRows } from "./head";
import { isOfList, isShortened, lacksHeader, likelyPhone, nameProblems, planColumns, problemsLeft, proposed, withField, type Meaning, type Preview } from "./mapping";
import type { Look } from "./useLook";
import styles from "./Imports.module.css";

const problemsShown = 10;

/* Bad rows are skipped when a few are seen; when all are bad, something else is wrong. */
function onErrorFor({ problems, rows_seen }: Preview): OnError {
  return problems.length > 0 && problems.length < rows_seen / 2 ? "skip" : "refuse";
}

function NoPhone({ look, onTake }: { look: Look; onTake: (index: number) => void }) {
  const { t } = useTranslation("imports");
  const { columns } = look.preview;
  const likely = likelyPhone(columns);
  const column = columns[likely];
  return (
    <Cure kind="no_phone" type="error">
      {column !== undefined && <Button onClick={() => onTake(likely)}>{t("check.take_phone", { header: column.header })}</Button>}
    </Cure>
  );
}

function Notes({ look, meanings, problems, onMeanings }: { look: Look; meanings: readonly Meaning[]; problems: Preview["problems"]; onMeanings: (meanings: Meaning[]) => void }) {
  const { columns, rows_seen: rowsSeen } = look.preview;
  const hasPhone = meanings.some(({ field }) => field === "phone");
  const areShortened = problems.some(({ found }) => isShortened(found));
  return (
    <>
      {lacksHeader(columns) && <Cure kind="no_header" type="warning" />}
      {!hasPhone && <NoPhone look={look} onTake={(index) => onMeanings(withField(meanings, index, "phone"))} />}
      {areShortened && <Cure kind="shortened" type="warning" />}
      {!areShortened && problems.length >= rowsSeen && <Cure kind="all_bad" type="warning" />}
    </>
  );
}

function Problems({ look, problems }: { look: Look; problems: Preview["problems"] }) {
  const { t } = useTranslation("imports");
  if (problems.length === 0) return null;
  const rows = problems.slice(0, problemsShown).map(({ line, ...place }) => ({ ...place, line: line ?? 1 }));
  const more = problems.length - rows.length;
  return (
    <Section title={look.whole ? t("check.problems_whole") : t("check.problems_head")}>
      <BadRows rows={rows} />
      {more > 0 && <p className={styles.quiet}>{t("check.more", { count: more })}</p>}
    </Section>
  );
}

function useRowsInWords(look: Look): string {
  const { t } = useTranslation("imports");
  const language = useLanguage();
  const bytes = useBytes();
  const rows = expectedRows(look.preview.rows_seen, look.file.size);
  // An estimate pretends to no more than it knows.
  const rounded = Number(rows.toPrecision(2));
  const words = look.whole ? t("rows", { count: rows }) : t("check.about", { rows: formatNumber(rounded, language) });
  return `${words} · ${bytes(look.file.size)}`;
}

function Go({ look, meanings, problems }: { look: Look; meanings: readonly Meaning[]; problems: Preview["problems"] }) {
  const { t } = useTranslation("imports");
  const start = useStartImport();
  const [list, setList] = useState(look.proposedList);
  const [onError, setOnError] = useState<OnError>(() => onErrorFor(look.preview));
  const rowsInWords = useRowsInWords(look);
  const hasPhone = meanings.some(({ field }) => field === "phone");
  const needsList = list.trim() === "" && meanings.some(({ field }) => isOfList(field));
  const areNamesRight = nameProblems(meanings).every((problem) => problem === null);
  const send = () => {
    const name = list.trim();
    const plan = { file_name: look.file.name.slice(0, 255), file_bytes: look.file.size, list: name === "" ? null : name, on_error: onError, columns: planColumns(look.preview.columns, meanings) };
    start.mutate({ file: look.file, plan, rows: expectedRows(look.preview.rows_seen, look.file.size) });
  };
  return (
    <Panel className={styles.go ?? ""}>
      <ListField value={list} lists={look.lists} onChange={setList} />
      <OnErrorField value={onError} willBeRefused={problems.length > 0} onChange={setOnError} />
      {start.error !== null && <ErrorView error={start.error} inline />}
      <div className={styles.goButton}>
        <p className={styles.quiet}>{rowsInWords}</p>
        <Button type="primary" size="large" block loading={start.isPending} disabled={!hasPhone || !areNamesRight || needsList} onClick={send}>
          {t("check.send")}
        </Button>
        {!hasPhone && <p className={styles.wrong}>{t("check.needs_phone")}</p>}
        {needsList && <p className={styles.wrong}>{t("check.needs_list")}</p>}
        {!areNamesRight && <p className={styles.wrong}>{t("check.needs_names")}</p>}
      </div>
    </Panel>
  );
}

export function CheckForm({ look }: { look: Look }) {
  const { t } = useTranslation("imports");
  const form = useFileForm();
  const { preview } = look;
  const [meanings, setMeanings] = useState(() => proposed(preview.columns));
  const problems = problemsLeft(preview, meanings);
  return (
    <div className={styles.check}>
      <div className={styles.understood}>
        <Notes look={look} meanings={meanings} problems={problems} onMeanings={setMeanings} />
        <Section title={t("columns.title")}>
          <p className={styles.quiet}>{t("check.understood", { form: form(preview.encoding, preview.separator) })}</p>
          <ColumnsTable columns={preview.columns} meanings={meanings} onChange={setMeanings} />
          {preview.encoding !== "UTF-8" && preview.encoding !== "Excel" && <p className={styles.quiet}>{t("check.unreadable")}</p>}
        </Section>
        <Problems look={look} problems={problems} />
        <SampleRows preview={preview} meanings={meanings} />
      </div>
      <Go look={look} meanings={meanings} problems={problems} />
    </div>
  );
}
