/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The settings of one section, those a newcomer fills in first, the others folded away. */
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useTranslation } from "react-i18next";
import type { AccountSetting, Provider } from "@/api/types";
import { isMoney } from "@/features/account-words/money";
import { useSettingLabel } from "@/features/account-words/useSettingLabel";
import { Field } from "@/shared/ui/Field";
import { PanelSection } from "@/shared/ui/Page";
import { inSection, isPlain, type Section, type Value } from "./form";
import styles from "./AccountEdit.module.css";

const valueMax = 2000;

export interface SettingsProps {
  settings: readonly AccountSetting[];
  values: Readonly<Record<string, Value>>;
  providers: readonly Provider[];
  /* Names of the secrets that are kept. */
  kept: readonly string[];
  /* What apid expects in a field it refused. */
  told: (field: string) => string | undefined;
  onChange: (key: string, value: Value) => void;
}

type OneProps = Omit<SettingsProps, "settings"> & { setting: AccountSetting };

function Check({ setting: { key, help }, values, onChange }: OneProps) {
  const label = useSettingLabel();
  return (
    <label className={styles.check}>
      <input type="checkbox" checked={values[key] === true} onChange={({ target }) => onChange(key, target.checked)} />
      <span>
        {label(key)}
        <span className={styles.choiceText}>{help}</span>
      </span>
    </label>
  );
}

function useChoices({ key, choices = [] }: AccountSetting, providers: readonly Provider[]): { value: string; label: string }[] | null {
  const { t } = useTranslation("account-edit");
  const words = useTranslation("account-words").t;
  if (key === "provider") return [{ value: "", label: t("own_provider") }, ...providers.map(({ name, title }) => ({ value: name, label: title === "" ? name : title }))];
  if (choices.length === 0) return null;
  return choices.map((value) => ({ value, label: key === "tls" ? words(`tls.${value as "on"}`) : value }));
}

function One(props: OneProps) {
  const { setting, values, providers, kept, told, onChange } = props;
  const { t } = useTranslation("account-edit");
  const label = useSettingLabel();
  const choices = useChoices(setting, providers);
  const { key, type, help } = setting;
  if (type === "boolean") return <Check {...props} />;
  const value = String(values[key] ?? "");
  const isKept = type === "secret" && kept.includes(key);
  const isNumber = type === "integer" || type === "milliseconds";
  return (
    <Field label={label(key)} note={isKept ? t("secret_kept") : isMoney(key) ? t("money") : help} wrong={told(key)}>
      {(field) => {
        if (choices !== null) return <Select<string> {...field} className={styles.control ?? ""} value={value} options={choices} popupMatchSelectWidth={false} onChange={(chosen) => onChange(key, chosen)} />;
        if (type === "secret") return <Input.Password {...field} value={value} autoComplete="new-password" placeholder={isKept ? "••••••••" : ""} onChange={({ target }) => onChange(key, target.value)} />;
        return (
          <Input
            {...field}
            value={value}
            maxLength={valueMax}
            autoComplete="off"
            spellCheck={false}
            inputMode={isNumber ? "decimal" : "text"}
            suffix={type === "milliseconds" ? t("ms") : undefined}
            onChange={({ target }) => onChange(key, target.value)}
          />
        );
      }}
    </Field>
  );
}

function Fields({ settings, ...rest }: SettingsProps) {
  return (
    <div className={styles.pair}>
      {settings.map((setting) => (
        <One key={setting.key} setting={setting} {...rest} />
      ))}
    </div>
  );
}

export function SettingsSection({ section, settings, ...rest }: SettingsProps & { section: Section }) {
  const { t } = useTranslation("account-edit");
  const own = inSection(settings, section);
  const first = own.filter(({ key }) => isPlain(key));
  const more = own.filter(({ key }) => !isPlain(key));
  const isRefused = more.some(({ key }) => rest.told(key) !== undefined);
  if (own.length === 0) return null;
  return (
    <PanelSection title={t(`section.${section}`)} className={styles.panel}>
      {first.length > 0 && <Fields settings={first} {...rest} />}
      {more.length > 0 && (
        <details className={styles.more} open={isRefused || undefined}>
          <summary>{t("more", { count: more.length })}</summary>
          <Fields settings={more} {...rest} />
        </details>
      )}
    </PanelSection>
  );
}
