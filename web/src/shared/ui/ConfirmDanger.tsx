/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A deed with weight: the number of clients is typed before the button works. */
import Form from "antd/es/form";
import Input, { type InputRef } from "antd/es/input";
import Modal from "antd/es/modal";
import { useId, useRef, useState, type ReactNode, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatNumber } from "@/shared/lib/format";

interface ConfirmDangerProps {
  open: boolean;
  title: string;
  /* What will happen. */
  children?: ReactNode;
  /* What has to be typed; undefined: a click is enough. */
  number?: number | undefined;
  confirm: string;
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

export function sameNumber(typed: string, number: number): boolean {
  return typed.replace(/[\s\u00a0\u202f.,]/g, "") === String(number);
}

interface TypeNumberProps {
  number: number;
  input: RefObject<InputRef | null>;
  onTyped: (right: boolean) => void;
  onEnter: () => void;
}

function TypeNumber({ number, input, onTyped, onEnter }: TypeNumberProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const id = useId();
  const [typed, setTyped] = useState("");
  return (
    <Form layout="vertical" onFinish={onEnter}>
      <Form.Item label={t("danger.type_number", { number: formatNumber(number, language) })} htmlFor={id} style={{ margin: "16px 0 0" }}>
        <Input
          ref={input}
          id={id}
          value={typed}
          inputMode="numeric"
          autoComplete="off"
          onChange={(event) => {
            setTyped(event.target.value);
            onTyped(sameNumber(event.target.value, number));
          }}
        />
      </Form.Item>
    </Form>
  );
}

export function ConfirmDanger({ open, title, children, number, confirm, danger = true, busy = false, onConfirm, onCancel }: ConfirmDangerProps) {
  const { t } = useTranslation();
  const [right, setRight] = useState(false);
  const input = useRef<InputRef>(null);
  const ready = number === undefined || right;
  const go = () => {
    if (ready && !busy) onConfirm();
  };
  return (
    <Modal
      open={open}
      title={title}
      okText={confirm}
      cancelText={t("actions.cancel")}
      okButtonProps={{ danger, disabled: !ready }}
      confirmLoading={busy}
      onOk={go}
      onCancel={onCancel}
      // Typing may begin at once.
      afterOpenChange={(isOpen) => (isOpen ? input.current?.focus() : setRight(false))}
      destroyOnHidden
      width={480}
    >
      {children}
      {number !== undefined && <TypeNumber number={number} input={input} onTyped={setRight} onEnter={go} />}
    </Modal>
  );
}
