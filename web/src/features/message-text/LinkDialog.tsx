/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A short link: where it leads, and whose click it is. */
import Alert from "antd/es/alert";
import Checkbox from "antd/es/checkbox";
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { Field } from "@/shared/ui/Field";
import { PageLink } from "@/shared/ui/PageLink";
import { linkText, linkWrong } from "./link";
import { useLinkSettings, type Placeholder } from "./queries";
import styles from "./TextEditor.module.css";

const addressMax = 1000;

/* Without an address of the company's own no text with links can be sent. */
function NoBase() {
  const { t } = useTranslation("message-text");
  const mayRead = useRight("templates.read");
  const { data } = useLinkSettings(mayRead);
  if (data?.base !== null) return null;
  return <Alert type="warning" showIcon title={t("link.no_base")} description={<PageLink to="/templates/links">{t("link.to_settings")}</PageLink>} />;
}

export function LinkDialog({ placeholders, onInsert, onClose }: { placeholders: readonly Placeholder[]; onInsert: (text: string) => void; onClose: () => void }) {
  const { t } = useTranslation("message-text");
  const [address, setAddress] = useState("");
  const [isPersonal, setPersonal] = useState(false);
  const wrong = linkWrong(address);
  const isShown = address !== "" && wrong !== null;
  return (
    <Modal
      open
      title={t("link.title")}
      okText={t("insert.button")}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: wrong !== null }}
      onOk={() => onInsert(linkText(address, isPersonal))}
      onCancel={onClose}
      width={520}
    >
      <form
        className={styles.dialog}
        onSubmit={(event) => {
          event.preventDefault();
          // The editor itself may stand in a form.
          event.stopPropagation();
          if (wrong === null) onInsert(linkText(address, isPersonal));
        }}
      >
        <p className={styles.note}>{t("link.lead")}</p>
        <NoBase />
        <Field label={t("link.address")} note={t("link.address_note")} wrong={isShown ? t(`problem.${wrong}`) : undefined}>
          {(props) => <Input {...props} value={address} maxLength={addressMax} inputMode="url" autoComplete="off" placeholder="https://shop.example/spring" onChange={({ target }) => setAddress(target.value)} />}
        </Field>
        {placeholders.some(({ name }) => name === "external_id") && (
          <Checkbox checked={isPersonal} onChange={({ target }) => setPersonal(target.checked)}>
            {t("link.personal")}
          </Checkbox>
        )}
      </form>
    </Modal>
  );
}
