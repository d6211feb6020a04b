/* SPDX-License-Identifier: AGPL-3.0-or-later */
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import Input, { type InputRef } from "antd/es/input";
import Modal from "antd/es/modal";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { senderFits } from "@/features/message-text/sender";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import styles from "./Senders.module.css";

const nameMax = 16;
const noteMax = 1000;

export function NewSender() {
  const { t } = useTranslation("senders");
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const input = useRef<InputRef>(null);
  const make = useMutation({
    mutationFn: () => api.post("/v1/senders", { body: { name, note } }),
    onSuccess: (sender) => {
      queryClient.setQueryData(keys.sender(sender.id), sender);
      void queryClient.invalidateQueries({ queryKey: keys.senders, exact: true });
      void navigate(`/senders/${sender.id}`);
    },
  });
  const problem = make.error === null ? null : asProblem(make.error);
  const fits = senderFits(name);
  const wrong = problem?.expected("name") ?? (name === "" || fits ? undefined : t("new.wrong"));
  const go = () => {
    if (fits && !make.isPending) make.mutate();
  };
  if (!useRight("senders.edit")) return null;
  return (
    <>
      <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAsks(true)}>
        {t("new.button")}
      </Button>
      <Modal
        open={asks}
        title={t("new.title")}
        okText={t("new.make")}
        cancelText={t("actions.cancel", { ns: "common" })}
        okButtonProps={{ disabled: !fits }}
        confirmLoading={make.isPending}
        onOk={go}
        onCancel={() => setAsks(false)}
        afterOpenChange={(isOpen) => {
          if (isOpen) input.current?.focus();
        }}
        width={480}
      >
        <form
          className={styles.stack}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            go();
          }}
        >
          <Field label={t("new.name")} note={t("new.name_note")} wrong={wrong}>
            {(props) => (
              <Input
                {...props}
                ref={input}
                value={name}
                maxLength={nameMax}
                autoComplete="off"
                spellCheck={false}
                onChange={({ target }) => {
                  setName(target.value);
                  make.reset();
                }}
              />
            )}
          </Field>
          <Field label={t("new.note")} note={t("new.note_note")}>
            {(props) => <Input {...props} value={note} maxLength={noteMax} autoComplete="off" onChange={({ target }) => setNote(target.value)} />}
          </Field>
          <button type="submit" hidden />
        </form>
        {problem !== null && problem.expected("name") === undefined && <ErrorView error={problem} inline />}
      </Modal>
    </>
  );
}
