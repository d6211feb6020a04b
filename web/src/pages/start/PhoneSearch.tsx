/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A client is on the phone: the number is typed, the messages to it come up. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import Space from "antd/es/space";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useRight } from "@/shared/hooks/useMe";
import { looksLikePhone } from "@/shared/lib/format";
import { givePhone } from "@/shared/lib/given-phone";
import { preload } from "@/shared/lib/preload";
import { PanelSection } from "@/shared/ui/Page";
import styles from "./Start.module.css";

function PhoneForm() {
  const { t } = useTranslation("start");
  const navigate = useNavigate();
  const [phone, setPhone] = useState("");
  const [isWrong, setWrong] = useState(false);
  const id = useId();
  const search = () => {
    if (!looksLikePhone(phone)) {
      setWrong(true);
      return;
    }
    givePhone(phone);
    void navigate("/messages");
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        search();
      }}
    >
      <label htmlFor={id} className={styles.label}>
        {t("phone.label")}
      </label>
      <Space.Compact block>
        <Input
          id={id}
          type="tel"
          inputMode="tel"
          autoComplete="off"
          placeholder="+7 900 123-45-67"
          value={phone}
          status={isWrong ? "error" : ""}
          aria-describedby={`${id}-note`}
          aria-invalid={isWrong}
          onFocus={() => preload("/messages")}
          onChange={(event) => {
            setPhone(event.target.value);
            setWrong(false);
          }}
        />
        <Button htmlType="submit">{t("phone.submit")}</Button>
      </Space.Compact>
      <p id={`${id}-note`} className={isWrong ? styles.wrong : styles.quiet}>
        {isWrong ? t("phone.wrong") : t("phone.note")}
      </p>
    </form>
  );
}

export function PhoneSearch() {
  const { t } = useTranslation("start");
  if (!useRight("messages.read")) return null;
  return (
    <PanelSection title={t("phone.title")}>
      <PhoneForm />
    </PanelSection>
  );
}
