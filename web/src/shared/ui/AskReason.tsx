/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A deed that needs a reason, which is kept with it. */
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorView } from "./ErrorView";
import { Field } from "./Field";

const reasonMax = 500;

interface AskReasonProps {
  open: boolean;
  title: string;
  /* What will happen. */
  children?: ReactNode;
  label: string;
  note?: string;
  confirm: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  onConfirm: (reason: string) => void;
  onCancel: () => void;
}

export function AskReason({ open, title, children, label, note, confirm, danger = false, busy, error, onConfirm, onCancel }: AskReasonProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const field = useRef<TextAreaRef>(null);
  const said = reason.trim();
  return (
    <Modal
      open={open}
      title={title}
      okText={confirm}
      cancelText={t("actions.cancel")}
      okButtonProps={{ danger, disabled: said === "" }}
      confirmLoading={busy}
      onOk={() => onConfirm(said)}
      onCancel={onCancel}
      afterOpenChange={(isOpen) => {
        if (isOpen) field.current?.focus();
        else setReason("");
      }}
      destroyOnHidden
      width={480}
    >
      <div style={{ display: "grid", gap: 16 }}>
        {children}
        <Field label={label} note={note}>
          {(props) => <Input.TextArea {...props} ref={field} value={reason} rows={3} maxLength={reasonMax} onChange={({ target }) => setReason(target.value)} />}
        </Field>
        {error !== null && error !== undefined && <ErrorView error={error} inline />}
      </div>
    </Modal>
  );
}
