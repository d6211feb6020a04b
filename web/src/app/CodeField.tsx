/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The code of an authenticator, or a recovery code: the cursor stands in it at once. */
import Form from "antd/es/form";
import Input, { type InputRef } from "antd/es/input";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

export function CodeField({ note }: { note?: string }) {
  const { t } = useTranslation();
  const field = useRef<InputRef>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <Form.Item name="code" label={t("sign_in.code")} extra={note} rules={[{ required: true, whitespace: true, message: t("sign_in.code_missing") }]}>
      <Input ref={field} autoComplete="one-time-code" inputMode="text" autoCapitalize="characters" spellCheck={false} maxLength={40} />
    </Form.Item>
  );
}
