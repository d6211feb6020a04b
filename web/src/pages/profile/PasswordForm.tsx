/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button from "antd/es/button";
import Form from "antd/es/form";
import Input from "antd/es/input";
import message from "antd/es/message";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { ErrorView } from "@/shared/ui/ErrorView";

interface Passwords {
  current: string;
  new: string;
}

const shortest = 12;

export function PasswordForm() {
  const { t } = useTranslation("profile");
  const [toast, toasts] = message.useMessage();
  const [form] = Form.useForm<Passwords>();
  const change = useMutation({
    mutationFn: (body: Passwords) => api.put("/v1/me/password", { body }),
    onSuccess: () => {
      form.resetFields();
      void toast.success(t("password_changed"));
    },
  });
  return (
    <Form<Passwords> form={form} layout="vertical" requiredMark={false} onFinish={(body) => change.mutate(body)}>
      {toasts}
      <Form.Item name="current" label={t("password_current")} rules={[{ required: true, message: t("password_current_missing") }]}>
        <Input.Password autoComplete="current-password" maxLength={200} />
      </Form.Item>
      <Form.Item name="new" label={t("password_new")} extra={t("password_note")} rules={[{ required: true, min: shortest, message: t("password_short", { shortest }) }]}>
        <Input.Password autoComplete="new-password" maxLength={200} />
      </Form.Item>
      {change.error !== null && <ErrorView error={change.error} inline />}
      <Button htmlType="submit" loading={change.isPending}>
        {t("password_submit")}
      </Button>
    </Form>
  );
}
