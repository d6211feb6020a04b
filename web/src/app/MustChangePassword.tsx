/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* In the place of any page while the password is one that was given to begin with. */
import Button from "antd/es/button";
import Form from "antd/es/form";
import Input, { type InputRef } from "antd/es/input";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Door } from "./Door";
import { SignOut } from "./SignOut";
import { useWait } from "./useWait";
import styles from "./Door.module.css";

interface Passwords {
  current: string;
  new: string;
}

const shortest = 12;

export default function MustChangePassword() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const current = useRef<InputRef>(null);
  useEffect(() => current.current?.focus(), []);
  const change = useMutation({
    mutationFn: (body: Passwords) => api.put("/v1/me/password", { body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.me }),
  });
  const wait = useWait(change.error);
  return (
    <Door title={t("must.password_title")} help={t("must.password_help")}>
      <Form<Passwords> layout="vertical" requiredMark={false} size="large" onFinish={(body) => change.mutate(body)}>
        <Form.Item name="current" label={t("must.password_current")} rules={[{ required: true, message: t("sign_in.password_missing") }]}>
          <Input.Password ref={current} autoComplete="current-password" maxLength={200} />
        </Form.Item>
        <Form.Item name="new" label={t("must.password_new")} extra={t("must.password_note")} rules={[{ required: true, min: shortest, message: t("must.password_short", { shortest }) }]}>
          <Input.Password autoComplete="new-password" maxLength={200} />
        </Form.Item>
        {change.error !== null && (
          <div className={styles.note}>
            <ErrorView error={change.error} inline />
          </div>
        )}
        <Button type="primary" htmlType="submit" block loading={change.isPending} disabled={wait > 0}>
          {wait > 0 ? t("sign_in.wait", { seconds: wait }) : t("must.password_submit")}
        </Button>
      </Form>
      <SignOut />
    </Door>
  );
}
