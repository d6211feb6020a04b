/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One more number: beside the others, to be written to from now on, or in the place of a wrong one. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import Modal from "antd/es/modal";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { readPhone } from "@/shared/lib/phone";
import { Choice, Choices } from "@/shared/ui/Choice";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import type { FullClient } from "./About";
import { usePhoneDeed, type PhoneWish } from "./usePhoneDeed";
import styles from "./Client.module.css";

/* A number that is not known of the client yet corrects the preferred one. */
const ways = { add: "add", add_and_prefer: "add_and_prefer", correct: "prefer" } as const satisfies Record<string, PhoneWish["how"]>;
type Way = keyof typeof ways;

export function AddPhone({ client }: { client: FullClient }) {
  const { t } = useTranslation("client");
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [way, setWay] = useState<Way>("add");
  const [isTried, setTried] = useState(false);
  const deed = usePhoneDeed(client.id, () => setOpen(false));
  const phone = readPhone(typed);
  const problem = deed.error === null ? null : asProblem(deed.error);
  const wrong = problem?.expected("phone") ?? (isTried && phone === null ? t("phones.wrong") : undefined);
  const go = () => {
    setTried(true);
    if (phone !== null) deed.mutate({ how: ways[way], phone });
  };
  return (
    <div>
      <Button onClick={() => setOpen(true)}>{t("phones.add")}</Button>
      <Modal
        open={isOpen}
        title={t("phones.add_title")}
        okText={t("phones.add_confirm")}
        cancelText={t("actions.cancel", { ns: "common" })}
        confirmLoading={deed.isPending}
        onOk={go}
        onCancel={() => setOpen(false)}
        afterOpenChange={(nowOpen) => {
          if (nowOpen) return;
          setTyped("");
          setWay("add");
          setTried(false);
          deed.reset();
        }}
        destroyOnHidden
        width={480}
      >
        <div className={styles.stack}>
          <Field label={t("phones.number")} wrong={wrong}>
            {(props) => <Input {...props} type="tel" autoComplete="off" maxLength={40} placeholder="+7 900 123-45-67" value={typed} onChange={({ target }) => setTyped(target.value)} onPressEnter={go} />}
          </Field>
          <Choices title={t("phones.how")}>
            {(Object.keys(ways) as Way[]).map((one) => (
              <Choice key={one} group="phone-way" label={t(`phones.way.${one}`)} isChosen={way === one} onChoose={() => setWay(one)} />
            ))}
          </Choices>
          {problem !== null && problem.expected("phone") === undefined && <ErrorView error={problem} inline />}
        </div>
      </Modal>
    </div>
  );
}
