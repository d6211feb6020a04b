/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whom delivery is bought from: its names, the contract, whom to call at night. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Button from "antd/es/button";
import Input from "antd/es/input";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Id, Provider } from "@/api/types";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field, type FieldProps } from "@/shared/ui/Field";
import { Page, PanelSection } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import styles from "./ProviderEdit.module.css";

interface Form {
  name: string;
  title: string;
  contact: string;
  contract: string;
  currency: string;
  country: string;
  cross_border_ground: string;
}

type Name = keyof Form;
const emptyForm: Form = { name: "", title: "", contact: "", contract: "", currency: "RUB", country: "RU", cross_border_ground: "" };
const longest: Record<Name, number> = { name: 32, title: 200, contact: 1000, contract: 200, currency: 3, country: 2, cross_border_ground: 1000 };

function formOf(provider: Provider): Form {
  const { name, title, contact, contract, currency, country, cross_border_ground: ground } = provider;
  return { name, title, contact, contract, currency, country, cross_border_ground: ground ?? "" };
}

function useSave(id: Id | null, onSaved: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ cross_border_ground: ground, ...rest }: Form) => {
      const body = { ...rest, cross_border_ground: ground.trim() === "" ? null : ground.trim() };
      return id === null ? api.post("/v1/providers", { body }) : api.patch("/v1/providers/{id}", { path: { id }, body });
    },
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: keys.providers });
      void queryClient.invalidateQueries({ queryKey: keys.accounts });
      void queryClient.invalidateQueries({ queryKey: keys.troubles });
      onSaved();
    },
  });
}

function ProviderForm({ provider }: { provider: Provider | null }) {
  const { t } = useTranslation("provider-edit");
  const navigate = useNavigate();
  const [form, setForm] = useState(() => (provider === null ? emptyForm : formOf(provider)));
  const save = useSave(provider?.id ?? null, () => void navigate("/delivery", { replace: true }));
  const problem = save.error === null ? null : asProblem(save.error);
  const change = (name: Name, value: string) => setForm((before) => ({ ...before, [name]: value }));
  const input = (name: Name) => {
    const isCode = name === "currency" || name === "country";
    return (props: FieldProps) => <Input {...props} value={form[name]} maxLength={longest[name]} autoComplete="off" onChange={({ target }) => change(name, isCode ? target.value.toUpperCase() : target.value)} />;
  };
  const field = (name: Name) => (
    <Field label={t(`field.${name}`)} note={t(`note.${name}`)} wrong={problem?.expected(name)}>
      {input(name)}
    </Field>
  );
  return (
    <form
      className={styles.form}
      aria-label={t("tab_title")}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(form);
      }}
    >
      <PanelSection title={t("section.who")} className={styles.panel}>
        <div className={styles.pair}>
          {field("name")}
          {field("title")}
        </div>
        <Field label={t("field.contact")} note={t("note.contact")} wrong={problem?.expected("contact")}>
          {(props) => <Input.TextArea {...props} value={form.contact} rows={3} maxLength={longest.contact} onChange={({ target }) => change("contact", target.value)} />}
        </Field>
      </PanelSection>
      <PanelSection title={t("section.contract")} className={styles.panel}>
        <div className={styles.pair}>
          {field("contract")}
          {field("currency")}
          {field("country")}
          {form.country !== "RU" && field("cross_border_ground")}
        </div>
      </PanelSection>
      {save.error !== null && <ErrorView error={save.error} inline />}
      <div>
        <Button type="primary" size="large" htmlType="submit" loading={save.isPending}>
          {provider === null ? t("create") : t("save")}
        </Button>
      </div>
    </form>
  );
}

function Editor({ provider }: { provider: Provider | null }) {
  const { t } = useTranslation("provider-edit");
  const title = provider === null ? t("title") : t("title_change", { name: provider.title === "" ? provider.name : provider.title });
  return (
    <Page title={title} tabTitle={t("tab_title")} lead={t("lead")} back={{ to: "/delivery", label: t("back") }} narrow>
      <ProviderForm provider={provider} />
    </Page>
  );
}

function Change({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({ queryKey: [...keys.providers, id], queryFn: ({ signal }) => api.get("/v1/providers/{id}", { path: { id }, signal }) });
  if (data !== undefined) return <Editor provider={data} />;
  return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
}

export default function ProviderEditPage() {
  const { id } = useParams();
  return id === undefined ? <Editor provider={null} /> : <Change key={id} id={id} />;
}
