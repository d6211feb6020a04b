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
import { useTitle } from "@/shared/hooks/useTitle";
import { useProblemText } from "@/shared/ui/ErrorView";
import { LanguageSwitch } from "./LanguageSwitch";
import icon from "./icon.svg";
import styles from "./SignIn.module.css";

interface Credentials {
  login: string;
  password: string;
}

/* Seconds until another try makes sense, counting down. */
function useWait(error: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const seconds = error === null ? 0 : (asProblem(error).retryAfterS ?? 0);
    const until = Date.now() + seconds * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    if (seconds === 0) return;
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

function SignInForm() {
  const { t } = useTranslation();
  const changePerson = useChangePerson();
  const problemText = useProblemText();
  const login = useRef<InputRef>(null);
  useEffect(() => login.current?.focus(), []);
  const signIn = useMutation({
    mutationFn: (body: Credentials) => api.post("/v1/session", { body }),
    onSuccess: changePerson,
  });
  const wait = useWait(signIn.error);
  const problem = signIn.error === null ? null : problemText(signIn.error);
  return (
    <Form<Credentials> layout="vertical" requiredMark={false} size="large" onFinish={(body) => signIn.mutate({ ...body, login: body.login.trim() })}>
      <Form.Item name="login" label={t("sign_in.login")} rules={[{ required: true, whitespace: true, message: t("sign_in.login_missing") }]}>
        <Input ref={login} autoComplete="username" autoCapitalize="none" spellCheck={false} />
      </Form.Item>
      <Form.Item name="password" label={t("sign_in.password")} rules={[{ required: true, message: t("sign_in.password_missing") }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      {problem !== null && <Alert className={styles.problem ?? ""} type="error" showIcon role="alert" title={problem.title} description={problem.detail} />}
      <Button type="primary" htmlType="submit" block loading={signIn.isPending} disabled={wait > 0}>
        {wait > 0 ? t("sign_in.wait", { seconds: wait }) : t("sign_in.submit")}
      </Button>
    </Form>
  );
}

export default function SignIn() {
  const { t } = useTranslation();
  useTitle(t("sign_in.title"));
  return (
    <main className={styles.door}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <img src={icon} width={36} height={36} alt="" />
          <span>{t("product")}</span>
        </div>
        <h1 className={styles.title}>{t("sign_in.title")}</h1>
        <SignInForm />
        <p className={styles.help}>{t("sign_in.help")}</p>
      </div>
      <LanguageSwitch />
    </main>
  );
}
