/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* In the place of any page while a role needs a second factor and the person has none: a secret for the
 * authenticator, its first code, and the recovery codes, which are shown this once. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import Form from "antd/es/form";
import QRCode from "antd/es/qr-code";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { ErrorView } from "@/shared/ui/ErrorView";
import { CodeField } from "./CodeField";
import { Door } from "./Door";
import { SignOut } from "./SignOut";
import { useWait } from "./useWait";
import styles from "./Door.module.css";

function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Alert className={styles.note ?? ""} type="warning" showIcon role="alert" title={t("must.recovery_title")} description={t("must.recovery_note")} />
      <ul className={styles.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Button type="primary" size="large" block onClick={onDone}>
        {t("must.recovery_done")}
      </Button>
    </>
  );
}

function FirstCode({ secret, uri, onCodes }: { secret: string; uri: string; onCodes: (codes: readonly string[]) => void }) {
  const { t } = useTranslation();
  const confirm = useMutation({
    mutationFn: (body: { code: string }) => api.post("/v1/me/second-factor/confirm", { body }),
    onSuccess: ({ recovery_codes }) => onCodes(recovery_codes),
  });
  const wait = useWait(confirm.error);
  return (
    <>
      <p className={styles.note}>{t("must.enrol_how")}</p>
      <div className={styles.picture} role="img" aria-label={t("must.enrol_picture")}>
        <QRCode value={uri} type="svg" size={180} color="#000000" bgColor="#ffffff" />
      </div>
      <p className={styles.note}>
        {t("must.enrol_secret")} <span className={styles.secret}>{secret}</span>
      </p>
      <Form<{ code: string }> layout="vertical" requiredMark={false} size="large" onFinish={({ code }) => confirm.mutate({ code: code.trim() })}>
        <CodeField />
        {confirm.error !== null && (
          <div className={styles.note}>
            <ErrorView error={confirm.error} inline />
          </div>
        )}
        <Button type="primary" htmlType="submit" block loading={confirm.isPending} disabled={wait > 0}>
          {wait > 0 ? t("sign_in.wait", { seconds: wait }) : t("must.enrol_submit")}
        </Button>
      </Form>
    </>
  );
}

export default function MustEnrol({ codes, onCodes, onDone }: { codes: readonly string[] | null; onCodes: (codes: readonly string[]) => void; onDone: () => void }) {
  const { t } = useTranslation();
  const begin = useMutation({ mutationFn: () => api.post("/v1/me/second-factor") });
  const { mutate } = begin;
  useEffect(() => {
    if (codes === null) mutate();
  }, [codes, mutate]);
  return (
    <Door title={t("must.enrol_title")} help={t("must.enrol_help")}>
      {codes !== null && <RecoveryCodes codes={codes} onDone={onDone} />}
      {codes === null && begin.data !== undefined && <FirstCode {...begin.data} onCodes={onCodes} />}
      {codes === null && begin.error !== null && <ErrorView error={begin.error} onAgain={() => mutate()} inline />}
      {codes === null && <SignOut />}
    </Door>
  );
}
