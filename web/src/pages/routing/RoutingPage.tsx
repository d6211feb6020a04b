/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Why this way: which account a message to a number would go by just now, and why not by the others. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { MessageCategory } from "@/api/types";
import { Sections } from "@/features/delivery-sections/Sections";
import { categories } from "@/features/delivery-words/conditions";
import { useOperatorName } from "@/features/delivery-words/queries";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Facts } from "@/shared/ui/Facts";
import { Field } from "@/shared/ui/Field";
import { Page, Panel, Section } from "@/shared/ui/Page";
import { Num, Phone } from "@/shared/ui/values";
import { Candidates } from "./Candidates";
import { bodyOf, inOrder, type Explanation, type Question } from "./question";
import styles from "./Routing.module.css";

const senderMax = 15;
const textMax = 2000;

function Summary({ answer }: { answer: Explanation }) {
  const { t } = useTranslation("routing");
  const operatorName = useOperatorName();
  const chosen = answer.candidates.find((candidate) => candidate.chosen);
  const operator = answer.operator === null ? t("operator_unknown") : operatorName(answer.operator);
  return (
    <>
      <Alert type={chosen === undefined ? "error" : "success"} showIcon title={chosen === undefined ? t("nobody") : t("goes_by", { account: chosen.account })} />
      <Panel>
        <Facts
          facts={[
            { label: t("phone"), value: <Phone value={answer.phone} /> },
            { label: t("operator"), value: answer.ported ? `${operator} (${t("ported")})` : operator },
            { label: t("parts"), value: <Num value={answer.parts} /> },
            { label: t("rule"), value: answer.rule === null ? t("no_rule") : answer.rule.name },
          ]}
        />
      </Panel>
    </>
  );
}

interface FormProps {
  question: Question;
  put: (change: Partial<Question>) => void;
  wrongPhone: string | undefined;
  isBusy: boolean;
  onAsk: () => void;
}

function Form({ question, put, wrongPhone, isBusy, onAsk }: FormProps) {
  const { t } = useTranslation("routing");
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onAsk();
      }}
    >
      <Field label={t("phone")} wrong={wrongPhone}>
        {(props) => <Input {...props} value={question.phone} inputMode="tel" autoComplete="off" placeholder="+7 916 123-45-67" onChange={({ target }) => put({ phone: target.value })} />}
      </Field>
      <Field label={t("category")}>
        {(props) => <Select<MessageCategory> {...props} value={question.category} options={categories.map((value) => ({ value, label: t(`message_category.${value}`, { ns: "common" }) }))} onChange={(category) => put({ category })} />}
      </Field>
      <Field label={t("sender")} note={t("sender_note")}>
        {(props) => <Input {...props} value={question.sender} maxLength={senderMax} autoComplete="off" spellCheck={false} onChange={({ target }) => put({ sender: target.value })} />}
      </Field>
      <Field label={t("text")} note={t("text_note")}>
        {(props) => <Input.TextArea {...props} value={question.text} maxLength={textMax} autoSize={{ minRows: 1, maxRows: 6 }} onChange={({ target }) => put({ text: target.value })} />}
      </Field>
      <div>
        <Button type="primary" htmlType="submit" loading={isBusy}>
          {t("ask")}
        </Button>
      </div>
    </form>
  );
}

export default function RoutingPage() {
  const { t } = useTranslation("routing");
  const [question, setQuestion] = useState<Question>({ phone: "", category: "advertising", sender: "", text: "" });
  const [isTried, setTried] = useState(false);
  const explain = useMutation({ mutationFn: (body: NonNullable<ReturnType<typeof bodyOf>>) => api.post("/v1/route-explanation", { body }) });
  const problem = explain.error === null ? null : asProblem(explain.error);
  const body = bodyOf(question);
  const ask = () => {
    setTried(true);
    if (body !== null) explain.mutate(body);
  };
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Sections />
      <Panel>
        <Form
          question={question}
          put={(change) => setQuestion((before) => ({ ...before, ...change }))}
          wrongPhone={problem?.expected("phone") ?? (isTried && body === null ? t("phone_wrong") : undefined)}
          isBusy={explain.isPending}
          onAsk={ask}
        />
      </Panel>
      {problem !== null && <ErrorView error={problem} inline />}
      {explain.data !== undefined && (
        <>
          <Summary answer={explain.data} />
          <Section title={t("candidates")}>
            <p className={styles.note}>{t("how")}</p>
            <Candidates candidates={inOrder(explain.data.candidates)} />
          </Section>
        </>
      )}
    </Page>
  );
}
