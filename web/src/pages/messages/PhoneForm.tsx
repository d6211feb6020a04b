/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button from "antd/es/button";
import Input, { type InputRef } from "antd/es/input";
import Space from "antd/es/space";
import { useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Messages.module.css";

interface PhoneFormProps {
  value: string;
  onChange: (text: string) => void;
  onSearch: () => void;
  /* How the number has to be typed, when it is wrong. */
  wrong: string | undefined;
}

export function PhoneForm({ value, onChange, onSearch, wrong }: PhoneFormProps) {
  const { t } = useTranslation("messages");
  const id = useId();
  const input = useRef<InputRef>(null);
  // The page has one question: typing may begin at once, and again after a mistake.
  useEffect(() => input.current?.focus({ cursor: "all" }), [wrong]);
  return (
    <form
      noValidate
      role="search"
      aria-label={t("phone")}
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onSearch();
      }}
    >
      <label htmlFor={id} className={styles.label}>
        {t("phone")}
      </label>
      <Space.Compact block>
        <Input
          ref={input}
          id={id}
          type="tel"
          inputMode="tel"
          size="large"
          autoComplete="off"
          placeholder="+7 900 123-45-67"
          maxLength={40}
          allowClear
          value={value}
          status={wrong === undefined ? "" : "error"}
          aria-invalid={wrong !== undefined}
          aria-describedby={`${id}-note`}
          onChange={(event) => onChange(event.target.value)}
        />
        <Button type="primary" size="large" htmlType="submit">
          {t("actions.search", { ns: "common" })}
        </Button>
      </Space.Compact>
      <p id={`${id}-note`} className={wrong === undefined ? styles.quiet : styles.wrong} role={wrong === undefined ? undefined : "alert"}>
        {wrong ?? t("note")}
      </p>
    </form>
  );
}
