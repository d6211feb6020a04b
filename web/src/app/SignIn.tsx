/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The door: shown in the place of any page while nobody is signed in. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import Form from "antd/es/form";
import Input, { type InputRef } from "antd/es/input";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useChangePerson } from "@/shared/hooks/useMe";
import { useProblemText } from "@/shared/ui/ErrorView";
import { CodeField } from "./CodeField";
import { Door } from "./Door";
import { OtherWays, WayEnded } from "./OtherWays";
import { useWait } from "./useWait";
import styles from "./Door.module.css";

interface Credentials {
  login: string;
  password: string;
}

function Refusal({ error }: { error: unknown }) {
  const { title, detail } = useProblemText()(error);
  return <Alert className={styles.note ?? ""} type="error" showIcon role="alert" title={title} description={detail} />;
}

function Submit({ pending, error }: { pending: boolean; error: unknown }) {
  const { t } = useTranslation();
  const wait = useWait(error);
  return (
    <Button type="primary" htmlType="submit" block loading={pending} disabled={wait > 0}>
      {wait > 0 ? t("sign_in.wait", { seconds: wait }) : t("sign_in.submit")}
    </Button>
  );
}

/* `before`: why it has to be typed again. */
function PasswordForm({ before, onCode }: { before: unknown; onCode: () => void }) {
  const { t } = useTranslation();
  const changePerson = useChangePerson();
  const login = useRef<InputRef>(null);
  useEffect(() => login.current?.focus(), []);
  const signIn = useMutation({
    mutationFn: (body: Credentials) => api.post("/v1/session", { body }),
    onSuccess: (answer) => ("next" in answer ? onCode() : changePerson(answer)),
  });
  const error = signIn.error ?? (signIn.isIdle ? before : null);
  return (
    <Form<Credentials> layout="vertical" requiredMark={false} size="large" onFinish={(body) => signIn.mutate({ ...body, login: body.login.trim() })}>
      <Form.Item name="login" label={t("sign_in.login")} rules={[{ required: true, whitespace: true, message: t("sign_in.login_missing") }]}>
        <Input ref={login} autoComplete="username" autoCapitalize="none" spellCheck={false} />
      </Form.Item>
      <Form.Item name="password" label={t("sign_in.password")} rules={[{ required: true, message: t("sign_in.password_missing") }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      {error !== null && <Refusal error={error} />}
      <Submit pending={signIn.isPending} error={signIn.error} />
    </Form>
  );
}

function CodeForm({ onOver }: { onOver: (error: unknown) => void }) {
  const { t } = useTranslation();
  const changePerson = useChangePerson();
  const signIn = useMutation({
    mutationFn: (body: { code: string }) => api.post("/v1/session/second-factor", { body }),
    onSuccess: changePerson,
    onError: (error) => {
      if (asProblem(error).kind === "sign-in-over") onOver(error);
    },
  });
  return (
    <Form<{ code: string }> layout="vertical" requiredMark={false} size="large" onFinish={({ code }) => signIn.mutate({ code: code.trim() })}>
      <CodeField note={t("sign_in.code_note")} />
      {signIn.error !== null && <Refusal error={signIn.error} />}
      <Submit pending={signIn.isPending} error={signIn.error} />
      <Button className={styles.other ?? ""} type="text" block onClick={() => onOver(null)}>
        {t("sign_in.start_over")}
      </Button>
    </Form>
  );
}

export default function SignIn() {
  const { t } = useTranslation();
  const [isCodeNext, setCodeNext] = useState(false);
  const [before, setBefore] = useState<unknown>(null);
  return (
    <Door title={t("sign_in.title")} help={t(isCodeNext ? "sign_in.code_help" : "sign_in.help")}>
      {isCodeNext ? (
        <CodeForm
          onOver={(error) => {
            setBefore(error);
            setCodeNext(false);
          }}
        />
      ) : (
        <>
          <WayEnded />
          <PasswordForm before={before} onCode={() => setCodeNext(true)} />
          <OtherWays />
        </>
      )}
    </Door>
  );
}
