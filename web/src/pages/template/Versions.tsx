/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every text the template has had: who wrote it when, what was changed, and the way back to it. */
import Button from "antd/es/button";
import Tag from "antd/es/tag";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PanelSection } from "@/shared/ui/Page";
import { Time } from "@/shared/ui/values";
import { diff } from "./diff";
import { useSaveTemplate, type Template, type Version } from "./queries";
import styles from "./Template.module.css";

function Diff({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation("template");
  return (
    <p className={styles.text}>
      {diff(before, after).map(({ kind, text }, i) => {
        if (kind === "same") return <span key={i}>{text}</span>;
        const Mark = kind === "added" ? "ins" : "del";
        return (
          <Mark key={i} className={styles[kind]} title={t(`versions.${kind}`)}>
            {text}
          </Mark>
        );
      })}
    </p>
  );
}

function Spelled({ version }: { version: Version }) {
  const { t } = useTranslation("message-text");
  return (
    <p className={styles.note}>
      {t("spelling.label")}: {t(`spelling.${version.spelling}`).toLowerCase()}
    </p>
  );
}

export interface Restore {
  /* There are changes that are not saved: they come first. */
  isHeld: boolean;
  onRestored: (template: Template) => void;
}

function RestoreButton({ template, version, restore }: { template: Template; version: Version; restore: Restore }) {
  const { t } = useTranslation("template");
  const [asks, setAsks] = useState(false);
  const save = useSaveTemplate(template.id, (saved) => {
    setAsks(false);
    restore.onRestored(saved);
  });
  const { name, category, sender } = template;
  return (
    <>
      <Button size="small" disabled={restore.isHeld} title={restore.isHeld ? t("versions.held") : ""} aria-label={t("versions.restore_of", { version: version.version })} onClick={() => setAsks(true)}>
        {t("versions.restore")}
      </Button>
      <ConfirmDanger
        open={asks}
        danger={false}
        title={t("versions.restore_title", { version: version.version })}
        confirm={t("versions.restore_confirm", { version: template.version + 1 })}
        busy={save.isPending}
        onConfirm={() => save.mutate({ name, category, sender, text: version.text, spelling: version.spelling })}
        onCancel={() => setAsks(false)}
      >
        <p className={styles.note}>{t("versions.restore_text")}</p>
        <Diff before={template.text} after={version.text} />
        {version.spelling !== template.spelling && <Spelled version={version} />}
        {save.error !== null && <ErrorView error={save.error} inline />}
      </ConfirmDanger>
    </>
  );
}

function Item({ template, version, before, restore }: { template: Template; version: Version; before: Version | undefined; restore: Restore | null }) {
  const { t } = useTranslation("template");
  const isNewest = version.version === template.version;
  return (
    <li className={styles.version}>
      <div className={styles.versionHead}>
        <span className={styles.versionName}>{t("lead.version", { version: version.version })}</span>
        {isNewest && <Tag className={styles.tag ?? ""}>{t("versions.newest")}</Tag>}
        <span className={styles.who}>
          <Time value={version.created_at} />
          {version.created_by !== null && `, ${version.created_by}`}
        </span>
        {!isNewest && restore !== null && <RestoreButton template={template} version={version} restore={restore} />}
      </div>
      <details className={styles.details}>
        <summary>{t(before === undefined ? "versions.text" : "versions.changes", { version: version.version })}</summary>
        <Diff before={before?.text ?? version.text} after={version.text} />
        {version.spelling !== (before?.spelling ?? "as_is") && <Spelled version={version} />}
      </details>
    </li>
  );
}

export function Versions({ template, restore }: { template: Template; restore: Restore | null }) {
  const { t } = useTranslation("template");
  const { versions } = template;
  return (
    <PanelSection title={t("versions.title")}>
      <ul className={styles.versions}>
        {versions.map((version, i) => (
          <Item key={version.version} template={template} version={version} before={versions[i + 1]} restore={restore} />
        ))}
      </ul>
    </PanelSection>
  );
}
