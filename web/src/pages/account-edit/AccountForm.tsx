/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button from "antd/es/button";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { asProblem } from "@/api/problem";
import type { AccountSetting, Provider, ProviderProfile } from "@/api/types";
import type { Account } from "@/features/account-words/queries";
import { ErrorView } from "@/shared/ui/ErrorView";
import { UnsavedGuard } from "@/shared/ui/UnsavedGuard";
import { Changes } from "./Changes";
import { KindChoice, ProfileSettings } from "./Profile";
import { SettingsSection } from "./Settings";
import { bodyOf, changesOf, formOf, sections, settingsOf, type AccountForm as Form, type Known } from "./form";
import { useSaveAccount } from "./queries";
import styles from "./AccountEdit.module.css";

interface Props {
  account: Account | null;
  settings: readonly AccountSetting[];
  profiles: readonly ProviderProfile[];
  providers: readonly Provider[];
}

function knownOf(account: Account | null): Known | null {
  if (account === null) return null;
  return { settings: account.settings ?? {}, secrets: account.secrets ?? [] };
}

function focusWrong(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>("main [aria-invalid='true']")?.focus());
}

export function AccountForm({ account, settings, profiles, providers }: Props) {
  const { t } = useTranslation("account-edit");
  const navigate = useNavigate();
  const [first] = useState(() => formOf(settings, knownOf(account)));
  const [form, setForm] = useState(first);
  const [saved, setSaved] = useState<string | null>(null);
  const save = useSaveAccount(account?.id ?? null, ({ id }) => setSaved(id));
  // Once the guard knows that nothing would be lost.
  useEffect(() => {
    if (saved !== null) void navigate(`/delivery/accounts/${saved}`, { replace: true });
  }, [saved, navigate]);
  const change = (fields: Partial<Form>) => setForm((before) => ({ ...before, ...fields }));
  const problem = save.error === null ? null : asProblem(save.error);
  const told = (field: string) => problem?.expected(field);
  const kept = (account?.secrets ?? []).map(({ name }) => name);
  const profile = profiles.find(({ name }) => name === form.profile);
  const changes = changesOf(settings, first, form);
  const shown = settingsOf(settings, form.kind);
  const isReady = form.kind === "smpp" || profile !== undefined;
  return (
    <form
      className={styles.form}
      aria-label={t("tab_title")}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(bodyOf(settings, first, form, profile, account === null), { onError: focusWrong });
      }}
    >
      {account === null && <KindChoice form={form} profiles={profiles} told={told} onChange={change} />}
      {form.kind === "http" && <ProfileSettings form={form} profiles={profiles} kept={kept} told={told} onChange={change} />}
      {isReady &&
        sections.map((section) => (
          <SettingsSection
            key={section}
            section={section}
            settings={shown}
            values={form.values}
            providers={providers}
            kept={kept}
            told={told}
            onChange={(key, value) => change({ values: { ...form.values, [key]: value } })}
          />
        ))}
      {account !== null && <Changes changes={changes} />}
      {save.error !== null && <ErrorView error={save.error} inline />}
      <div className={styles.foot}>
        <Button type="primary" size="large" htmlType="submit" loading={save.isPending} disabled={!isReady || (account !== null && changes.length === 0)}>
          {account === null ? t("create") : t("save")}
        </Button>
        <p className={styles.quiet}>{account === null ? t("create_note") : changes.length === 0 ? t("unchanged") : t("save_note")}</p>
      </div>
      <UnsavedGuard isUnsaved={changes.length > 0 && saved === null} text={t("leave")} />
    </form>
  );
}
