/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How the provider is spoken to: by SMPP, or by HTTP as one of the profiles says; and what the profile asks for. */
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useTranslation } from "react-i18next";
import type { ProviderProfile } from "@/api/types";
import { useProfileLabel } from "@/features/account-words/useSettingLabel";
import { Choice, Choices } from "@/shared/ui/Choice";
import { Field } from "@/shared/ui/Field";
import { PanelSection } from "@/shared/ui/Page";
import type { AccountForm } from "./form";
import styles from "./AccountEdit.module.css";

const valueMax = 16_384;

interface ProfileProps {
  form: AccountForm;
  profiles: readonly ProviderProfile[];
  told: (field: string) => string | undefined;
  onChange: (change: Partial<AccountForm>) => void;
}

function Label({ name, text }: { name: string; text: string }) {
  return (
    <span>
      <span className={styles.choiceName}>{name}</span>
      <span className={styles.choiceText}>{text}</span>
    </span>
  );
}

/* Asked once: an account keeps the kind it was made with. */
export function KindChoice({ form, profiles, told, onChange }: ProfileProps) {
  const { t } = useTranslation("account-edit");
  const options = profiles.map(({ name, title }) => ({ value: name, label: title }));
  return (
    <PanelSection title={t("kind.title")} className={styles.panel}>
      <Choices title={t("kind.title")}>
        <Choice group="kind" label={<Label name={t("kind.smpp")} text={t("kind.smpp_text")} />} isChosen={form.kind === "smpp"} onChoose={() => onChange({ kind: "smpp" })} />
        <Choice group="kind" label={<Label name={t("kind.http")} text={t("kind.http_text")} />} isChosen={form.kind === "http"} onChoose={() => onChange({ kind: "http" })}>
          {form.kind === "http" && (
            <Field label={t("kind.profile")} note={t("kind.profile_note")} wrong={told("profile")}>
              {(props) => (
                <Select<string>
                  {...props}
                  className={styles.control ?? ""}
                  value={form.profile === "" ? null : form.profile}
                  placeholder={t("kind.choose")}
                  options={options}
                  showSearch={{ optionFilterProp: "label" }}
                  onChange={(profile) => onChange({ profile, given: {}, secrets: {} })}
                />
              )}
            </Field>
          )}
        </Choice>
      </Choices>
    </PanelSection>
  );
}

function Given({ profile, form, kept, told, onChange }: { profile: ProviderProfile; kept: readonly string[] } & Omit<ProfileProps, "profiles">) {
  const { t } = useTranslation("account-edit");
  const label = useProfileLabel();
  return (
    <div className={styles.pair}>
      {profile.settings.map(({ name, type }) => {
        const isSecret = type === "secret";
        const isKept = isSecret && kept.includes(name);
        const note = isKept ? t("secret_kept") : type === "address" ? t("address") : "";
        return (
          <Field key={name} label={label(name)} note={note} wrong={told(`${isSecret ? "secrets" : "settings"}.${name}`) ?? (type === "address" ? told("settings") : undefined)}>
            {(props) =>
              isSecret ? (
                <Input.Password {...props} value={form.secrets[name] ?? ""} maxLength={valueMax} autoComplete="new-password" placeholder={isKept ? "••••••••" : ""} onChange={({ target }) => onChange({ secrets: { ...form.secrets, [name]: target.value } })} />
              ) : (
                <Input {...props} value={form.given[name] ?? ""} maxLength={valueMax} autoComplete="off" spellCheck={false} inputMode={type === "address" ? "url" : "text"} onChange={({ target }) => onChange({ given: { ...form.given, [name]: target.value } })} />
              )
            }
          </Field>
        );
      })}
    </div>
  );
}

export function ProfileSettings({ profiles, kept, ...rest }: ProfileProps & { kept: readonly string[] }) {
  const { t } = useTranslation("account-edit");
  const profile = profiles.find(({ name }) => name === rest.form.profile);
  if (profile === undefined) return null;
  return (
    <PanelSection title={t("profile.title", { title: profile.title })} className={styles.panel}>
      {profile.settings.length > 0 ? <Given profile={profile} kept={kept} {...rest} /> : <p>{t("profile.nothing")}</p>}
      {profile.unverified.length > 0 && (
        <details className={styles.more}>
          <summary>{t("profile.unverified", { count: profile.unverified.length })}</summary>
          <ul>
            {profile.unverified.map((text) => (
              <li key={text} className={styles.quiet}>
                {text}
              </li>
            ))}
          </ul>
        </details>
      )}
    </PanelSection>
  );
}
