/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What can be done with a sender as a whole: its note, on and off, away with one that was mistyped. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { SenderDetail } from "@/api/types";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { useChangeSender, useDeleteSender } from "./queries";

type Asks = "note" | "switch" | "delete" | null;
const noteMax = 1000;

function Note({ sender, onClose }: { sender: SenderDetail; onClose: () => void }) {
  const { t } = useTranslation("sender");
  const [note, setNote] = useState(sender.note);
  const change = useChangeSender(sender.id, onClose);
  return (
    <Modal open title={t("deed.note")} okText={t("actions.save", { ns: "common" })} cancelText={t("actions.cancel", { ns: "common" })} confirmLoading={change.isPending} onOk={() => change.mutate({ note: note.trim() })} onCancel={onClose} width={480}>
      <Field label={t("field.note")}>{(props) => <Input.TextArea {...props} value={note} maxLength={noteMax} autoSize={{ minRows: 2, maxRows: 6 }} onChange={({ target }) => setNote(target.value)} />}</Field>
      {change.error !== null && <ErrorView error={change.error} inline />}
    </Modal>
  );
}

export function Deeds({ sender }: { sender: SenderDetail }) {
  const { t } = useTranslation("sender");
  const navigate = useNavigate();
  const [asks, setAsks] = useState<Asks>(null);
  const close = () => setAsks(null);
  const change = useChangeSender(sender.id, close);
  const remove = useDeleteSender(sender.id, () => void navigate("/senders", { replace: true }));
  const how = sender.enabled ? "off" : "on";
  return (
    <>
      <Button onClick={() => setAsks("note")}>{t("deed.note")}</Button>
      <Button onClick={() => setAsks("switch")}>{t(`deed.${how}.button`)}</Button>
      <Button danger onClick={() => setAsks("delete")}>
        {t("actions.delete", { ns: "common" })}
      </Button>
      {asks === "note" && <Note sender={sender} onClose={close} />}
      <ConfirmDanger open={asks === "switch"} title={t(`deed.${how}.title`, { sender: sender.name })} confirm={t(`deed.${how}.button`)} danger={sender.enabled} busy={change.isPending} onConfirm={() => change.mutate({ enabled: !sender.enabled })} onCancel={close}>
        <p>{t(`deed.${how}.text`)}</p>
        {change.error !== null && <ErrorView error={change.error} inline />}
      </ConfirmDanger>
      <ConfirmDanger open={asks === "delete"} title={t("deed.delete.title", { sender: sender.name })} confirm={t("actions.delete", { ns: "common" })} busy={remove.isPending} onConfirm={() => remove.mutate()} onCancel={close}>
        <p>{t("deed.delete.text")}</p>
        {remove.error !== null && <ErrorView error={remove.error} inline />}
      </ConfirmDanger>
    </>
  );
}
