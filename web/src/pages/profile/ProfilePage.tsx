/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One's own name, language, theme, number and password; the way out. */
import Button from "antd/es/button";
import Form from "antd/es/form";
import Input from "antd/es/input";
import message from "antd/es/message";
import Segmented from "antd/es/segmented";
import { notifyManager, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, type RequestBody } from "@/api/client";
import { keys } from "@/api/keys";
import { useChangePerson, useMe } from "@/shared/hooks/useMe";
import { formatPhone } from "@/shared/lib/format";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page, PanelSection } from "@/shared/ui/Page";
import { PasswordForm } from "./PasswordForm";

function useChangeMe() {
  const queryClient = useQueryClient();
  const [toast, toasts] = message.useMessage();
  const { t } = useTranslation("profile");
  const change = useMutation({
    mutationFn: (body: NonNullable<RequestBody<"/v1/me", "patch">>) => api.patch("/v1/me", { body }),
    onSuccess: (me) => {
      queryClient.setQueryData(keys.me, me);
      void toast.success(t("saved"));
    },
  });
  return { change, toasts };
}

function PersonForm() {
  const { t } = useTranslation("profile");
  const me = useMe();
  const { change, toasts } = useChangeMe();
  const save = ({ name, phone }: { name: string; phone: string }) => change.mutate({ name: name.trim(), phone: phone.trim() === "" ? null : phone.trim() });
  return (
    <Form layout="vertical" requiredMark={false} initialValues={{ name: me.name, phone: me.phone === null ? "" : formatPhone(me.phone) }} onFinish={save}>
      {toasts}
      <Form.Item label={t("login")} htmlFor="profile-login">
        <Input id="profile-login" value={me.login} readOnly variant="filled" />
      </Form.Item>
      <Form.Item name="name" label={t("name")} rules={[{ required: true, whitespace: true, message: t("name_missing") }]}>
        <Input autoComplete="name" maxLength={200} />
      </Form.Item>
      <Form.Item name="phone" label={t("phone")} extra={t("phone_note")}>
        <Input type="tel" autoComplete="tel" placeholder="+7 900 123-45-67" maxLength={40} />
      </Form.Item>
      {change.error !== null && <ErrorView error={change.error} inline />}
      <Button type="primary" htmlType="submit" loading={change.isPending}>
        {t("actions.save", { ns: "common" })}
      </Button>
    </Form>
  );
}

function Looks() {
  const { t } = useTranslation("profile");
  const me = useMe();
  const { change, toasts } = useChangeMe();
  return (
    <Form layout="vertical">
      {toasts}
      <Form.Item label={t("language")}>
        <Segmented<"ru" | "en">
          aria-label={t("language")}
          value={me.language}
          options={[
            { value: "ru", label: <span lang="ru">Русский</span> },
            { value: "en", label: <span lang="en">English</span> },
          ]}
          onChange={(language) => change.mutate({ language })}
        />
      </Form.Item>
      <Form.Item label={t("theme")} style={{ marginBottom: 0 }}>
        <Segmented<"system" | "light" | "dark">
          aria-label={t("theme")}
          value={me.theme}
          options={[
            { value: "system", label: t("theme_system") },
            { value: "light", label: t("theme_light") },
            { value: "dark", label: t("theme_dark") },
          ]}
          onChange={(theme) => change.mutate({ theme })}
        />
      </Form.Item>
      {change.error !== null && <ErrorView error={change.error} inline />}
    </Form>
  );
}

function SignOut() {
  const { t } = useTranslation();
  const changePerson = useChangePerson();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => api.delete("/v1/session"),
    onSuccess: () => {
      changePerson(null);
      // The next person begins at the start. Only once the door stands: a page drawn for nobody would ask and be refused.
      notifyManager.schedule(() => void navigate("/", { replace: true }));
    },
  });
  return (
    <>
      <Button loading={signOut.isPending} onClick={() => signOut.mutate()}>
        {t("layout.sign_out")}
      </Button>
      {signOut.error !== null && <ErrorView error={signOut.error} inline />}
    </>
  );
}

export default function ProfilePage() {
  const { t } = useTranslation("profile");
  return (
    <Page title={t("title")} narrow actions={<SignOut />}>
      <PanelSection title={t("person")}>
        <PersonForm />
      </PanelSection>
      <PanelSection title={t("looks")}>
        <Looks />
      </PanelSection>
      <PanelSection title={t("password")}>
        <PasswordForm />
      </PanelSection>
    </Page>
  );
}
