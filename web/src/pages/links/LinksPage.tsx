/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What short links look like, and how long they lead somewhere. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import Input from "antd/es/input";
import InputNumber from "antd/es/input-number";
import message from "antd/es/message";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { useLinkSettings } from "@/features/message-text/queries";
import { Sections } from "@/features/template-sections/Sections";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Facts } from "@/shared/ui/Facts";
import { Field } from "@/shared/ui/Field";
import { Page, Panel } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { UnsavedGuard } from "@/shared/ui/UnsavedGuard";
import { Missing, Num } from "@/shared/ui/values";
import styles from "./Links.module.css";

type Settings = Answer<"/v1/links/settings", "get">;

const baseMax = 100;
const daysMax = 1095;
const exampleCode = "Ab7xKq2mZr";

function useSave() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: { base: string; days: number }) => api.put("/v1/links/settings", { body }),
    onSuccess: (settings) => queryClient.setQueryData(keys.linkSettings, settings),
  });
}

function Form({ settings }: { settings: Settings }) {
  const { t } = useTranslation("links");
  const [toast, toasts] = message.useMessage();
  const [base, setBase] = useState(settings.base ?? "");
  const [days, setDays] = useState<number | null>(settings.days);
  const save = useSave();
  const refused = save.error === null ? null : asProblem(save.error);
  const isChanged = base.trim() !== (settings.base ?? "") || days !== settings.days;
  const isReady = isChanged && base.trim() !== "" && days !== null;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) save.mutate({ base: base.trim(), days }, { onSuccess: () => void toast.success(t("saved")) });
      }}
    >
      {toasts}
      <Field label={t("base.label")} note={t("base.note")} wrong={refused?.expected("base")}>
        {(props) => <Input {...props} value={base} maxLength={baseMax} inputMode="url" autoComplete="off" placeholder="https://go.example/l/" onChange={({ target }) => setBase(target.value)} />}
      </Field>
      <p className={styles.example}>
        {t("base.example")} <span>{(base.trim() === "" ? "https://go.example/l/" : base.trim()) + exampleCode}</span>
      </p>
      <Field label={t("days.label")} note={t("days.note")} wrong={refused?.expected("days")}>
        {(props) => <InputNumber<number> {...props} className={styles.days ?? ""} value={days} min={1} max={daysMax} precision={0} onChange={setDays} />}
      </Field>
      {refused !== null && refused.errors.length === 0 && <ErrorView error={save.error} inline />}
      <div>
        <Button type="primary" htmlType="submit" disabled={!isReady} loading={save.isPending}>
          {t("actions.save", { ns: "common" })}
        </Button>
      </div>
      <UnsavedGuard text={t("leave")} isUnsaved={isChanged && !save.isPending} />
    </form>
  );
}

function ReadOnly({ settings }: { settings: Settings }) {
  const { t } = useTranslation("links");
  return (
    <Facts
      facts={[
        { label: t("base.label"), value: settings.base ?? <Missing /> },
        { label: t("days.label"), value: <Num value={settings.days} /> },
      ]}
    />
  );
}

export default function LinksPage() {
  const { t } = useTranslation("links");
  const mayEdit = useRight("templates.edit");
  const { data, error, refetch } = useLinkSettings(true);
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Sections />
      <Panel className={styles.panel ?? ""}>
        {data?.base === null && <Alert type="warning" showIcon title={t("not_set.title")} description={t("not_set.text")} />}
        {data === undefined && (error === null ? <Skeleton rows={6} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />)}
        {data !== undefined && (mayEdit ? <Form settings={data} /> : <ReadOnly settings={data} />)}
      </Panel>
      <p className={styles.note}>{t("clicks")}</p>
    </Page>
  );
}
