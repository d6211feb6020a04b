/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What people agree to, version by version. A version never changes: who agreed to it agreed to these words. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import Tag from "antd/es/tag";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConsentText, Purpose } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { Panel, Section } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Time } from "@/shared/ui/values";
import { usePublishText, useTexts } from "./queries";
import styles from "./Purpose.module.css";

const textMax = 20_000;

function Version({ text, isNewest }: { text: ConsentText; isNewest: boolean }) {
  const { t } = useTranslation("purpose");
  return (
    <li className={styles.version}>
      <p className={styles.versionHead}>
        <strong>{t("texts.version", { version: text.version })}</strong>
        {isNewest && <Tag color="success">{t("texts.newest")}</Tag>}
        <span className={styles.quiet}>
          <Time value={text.published_at} />
        </span>
      </p>
      <p className={styles.text}>{text.text}</p>
    </li>
  );
}

/* The newest version is where a person begins: mostly a sentence changes. */
function Publish({ purpose, newest }: { purpose: Purpose; newest: ConsentText | undefined }) {
  const { t } = useTranslation("purpose");
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  const publish = usePublishText(purpose.code, () => setOpen(false));
  const isSame = text.trim() === (newest?.text ?? "").trim();
  return (
    <>
      <Button
        type={newest === undefined ? "primary" : "default"}
        onClick={() => {
          setText(newest?.text ?? "");
          publish.reset();
          setOpen(true);
        }}
      >
        {newest === undefined ? t("texts.first") : t("texts.next")}
      </Button>
      <Modal
        open={isOpen}
        title={t("texts.title_new", { version: (newest?.version ?? 0) + 1 })}
        okText={t("texts.publish")}
        cancelText={t("actions.cancel", { ns: "common" })}
        okButtonProps={{ disabled: text.trim() === "" || isSame }}
        confirmLoading={publish.isPending}
        onOk={() => publish.mutate(text.trim())}
        onCancel={() => setOpen(false)}
        destroyOnHidden
        width={640}
      >
        <div className={styles.stack}>
          <p>{t("texts.warning")}</p>
          <Field label={t("texts.label")}>
            {(props) => <Input.TextArea {...props} value={text} maxLength={textMax} autoSize={{ minRows: 6, maxRows: 16 }} onChange={({ target }) => setText(target.value)} />}
          </Field>
          {publish.error !== null && <ErrorView error={publish.error} inline />}
        </div>
      </Modal>
    </>
  );
}

export function Texts({ purpose }: { purpose: Purpose }) {
  const { t } = useTranslation("purpose");
  const mayEdit = useRight("consents.edit");
  const { data, error, refetch } = useTexts(purpose.code);
  const [newest, ...older] = data ?? [];
  const publish = mayEdit && data !== undefined ? <Publish purpose={purpose} newest={newest} /> : undefined;
  return (
    <Section title={t("texts.title")} extra={newest === undefined ? undefined : publish}>
      <Panel>
        {data === undefined && (error === null ? <Skeleton rows={4} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />)}
        {data !== undefined && newest === undefined && (
          <EmptyState title={t("texts.none")} action={publish}>
            {t("texts.none_text")}
          </EmptyState>
        )}
        {newest !== undefined && (
          <ul className={styles.versions}>
            <Version text={newest} isNewest />
          </ul>
        )}
        {older.length > 0 && (
          <details>
            <summary className={styles.summary}>{t("texts.older", { count: older.length })}</summary>
            <ul className={styles.versions}>
              {older.map((text) => (
                <Version key={text.id} text={text} isNewest={false} />
              ))}
            </ul>
          </details>
        )}
      </Panel>
    </Section>
  );
}
