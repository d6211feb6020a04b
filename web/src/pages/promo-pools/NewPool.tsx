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
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";

const nameMax = 100;

export function NewPool() {
  const { t } = useTranslation("promo-pools");
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const [name, setName] = useState("");
  const input = useRef<InputRef>(null);
  const make = useMutation({
    mutationFn: () => api.post("/v1/promo-pools", { body: { name: name.trim() } }),
    onSuccess: (pool) => {
      queryClient.setQueryData(keys.promoPool(pool.id), pool);
      void queryClient.invalidateQueries({ queryKey: keys.promoPools });
      void navigate(`/templates/promo/${pool.id}`);
    },
  });
  const refused = make.error === null ? undefined : asProblem(make.error).expected("name");
  const go = () => {
    if (name.trim() !== "" && !make.isPending) make.mutate();
  };
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
        okButtonProps={{ disabled: name.trim() === "" }}
        confirmLoading={make.isPending}
        onOk={go}
        onCancel={() => setAsks(false)}
        afterOpenChange={(isOpen) => {
          if (isOpen) input.current?.focus();
        }}
        width={440}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            go();
          }}
        >
          <Field label={t("new.name")} note={t("new.note")} wrong={refused}>
            {(props) => (
              <Input
                {...props}
                ref={input}
                value={name}
                maxLength={nameMax}
                autoComplete="off"
                onChange={({ target }) => {
                  setName(target.value);
                  make.reset();
                }}
              />
            )}
          </Field>
        </form>
        {make.error !== null && refused === undefined && <ErrorView error={make.error} inline />}
      </Modal>
    </>
  );
}
