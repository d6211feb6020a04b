/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a source is set up; its secret is never told. */
import { useTranslation } from "react-i18next";
import type { Source } from "@/api/types";
import { useFieldWord } from "@/features/import-file/words";
import { useSettingWord } from "@/features/source-words/useSettingWord";
import { useSchedule } from "@/features/source-words/useSchedule";
import { Facts, type Fact } from "@/shared/ui/Facts";
import { Panel, Section } from "@/shared/ui/Page";
import { Time } from "@/shared/ui/values";
import styles from "./Source.module.css";

function useFacts(source: Source): Fact[] {
  const { t } = useTranslation("source");
  const words = useTranslation("source-words").t;
  const setting = useSettingWord();
  const schedule = useSchedule();
  return [
    { label: t("setup.kind"), value: words(`kind.${source.kind}`) },
    ...Object.entries(source.settings).map(([name, value]) => ({ label: setting(name), value: <span className={styles.value}>{value}</span> })),
    { label: t("setup.secret"), value: source.has_secret ? t("setup.has_secret") : t("setup.no_secret") },
    { label: t("setup.mode"), value: words(`mode.${source.mode}`) },
    ...(source.cursor_column === null ? [] : [{ label: t("setup.cursor"), value: <span className={styles.value}>{source.cursor_column}</span> }]),
    { label: t("setup.schedule"), value: schedule(source) },
    { label: t("setup.changed"), value: <Time value={source.changed_at} /> },
  ];
}

function Columns({ columns }: { columns: Source["columns"] }) {
  const { t } = useTranslation("source");
  const fieldWord = useFieldWord();
  if (columns.length === 0) return <p className={styles.quiet}>{t("setup.no_columns")}</p>;
  return (
    <dl className={styles.fields}>
      {columns.map(({ header, field, attribute }) => (
        <div key={header}>
          <dt className={styles.value}>{header}</dt>
          <dd className={styles.value}>{fieldWord(field, attribute)}</dd>
        </div>
      ))}
    </dl>
  );
}

export function SetUp({ source }: { source: Source }) {
  const { t } = useTranslation("source");
  const facts = useFacts(source);
  return (
    <Section title={t("setup.title")}>
      <div className={styles.pair}>
        <Panel>
          <Facts facts={facts} />
        </Panel>
        <Panel>
          <h3 className={styles.subtitle}>{t("setup.columns")}</h3>
          <Columns columns={source.columns} />
        </Panel>
      </div>
    </Section>
  );
}
