/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where the clients are, by kind, and the secret that opens it: written, never read back. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Source } from "@/api/types";
import { useSettingNote, useSettingWord } from "@/features/source-words/useSettingWord";
import { Field } from "@/shared/ui/Field";
import type { Kind, SourceForm } from "./form";
import type { Change } from "./SourceForm";
import styles from "./SourceEdit.module.css";

const valueMax = 1000;
const secretMax = 16_384;

interface PlaceProps {
  form: SourceForm;
  kind: Kind;
  source: Source | null;
  missing: readonly string[];
  /* What apid expects in a field it refused. */
  told: (field: string) => string | undefined;
  onChange: Change;
}

function SettingField({ setting, form, missing, told, onChange }: Pick<PlaceProps, "form" | "missing" | "told" | "onChange"> & { setting: Kind["settings"][number] }) {
  const { t } = useTranslation("source-edit");
  const word = useSettingWord();
  const note = useSettingNote();
  const { name, required } = setting;
  const label = required ? word(name) : `${word(name)} ${t("optional")}`;
  return (
    <Field label={label} note={note(name)} wrong={told(`settings.${name}`) ?? (missing.includes(name) ? t("wrong.setting") : undefined)}>
      {(props) => (
        <Input
          {...props}
          value={form.settings[name] ?? ""}
          maxLength={valueMax}
          autoComplete="off"
          spellCheck={false}
          inputMode={name === "port" ? "numeric" : name === "url" ? "url" : "text"}
          onChange={({ target }) => onChange({ settings: { ...form.settings, [name]: target.value } })}
        />
      )}
    </Field>
  );
}

function SecretField({ form, source, told, onChange }: Pick<PlaceProps, "form" | "source" | "told" | "onChange">) {
  const { t } = useTranslation("source-edit");
  // A private key has many lines.
  const [isKey, setKey] = useState(false);
  const isKept = source?.has_secret === true && !form.forgetsSecret;
  const note = isKept ? t("secret.kept") : form.forgetsSecret ? t("secret.forgotten") : t(`secret.note.${form.kind === "sftp" ? "sftp" : form.kind === "https" || form.kind === "http_json" ? "web" : "database"}`);
  const set = (secret: string) => onChange({ secret, forgetsSecret: false });
  return (
    <>
      <Field label={isKey ? t("secret.key") : t("secret.label")} note={note} wrong={told("secret")}>
        {(props) =>
          isKey ? (
            <Input.TextArea {...props} value={form.secret} rows={5} maxLength={secretMax} autoComplete="off" spellCheck={false} onChange={({ target }) => set(target.value)} />
          ) : (
            <Input.Password {...props} value={form.secret} maxLength={secretMax} autoComplete="new-password" placeholder={isKept ? "••••••••" : ""} onChange={({ target }) => set(target.value)} />
          )
        }
      </Field>
      <div className={styles.buttons}>
        {form.kind === "sftp" && <Button onClick={() => setKey(!isKey)}>{isKey ? t("secret.use_password") : t("secret.use_key")}</Button>}
        {source?.has_secret === true && (
          <Button onClick={() => onChange({ forgetsSecret: !form.forgetsSecret, secret: "" })}>{form.forgetsSecret ? t("secret.keep") : t("secret.forget")}</Button>
        )}
      </div>
    </>
  );
}

export function Place(props: PlaceProps) {
  const { kind, ...rest } = props;
  return (
    <>
      <div className={styles.pair}>
        {kind.settings.map((setting) => (
          <SettingField key={`${kind.kind} ${setting.name}`} setting={setting} {...rest} />
        ))}
      </div>
      {kind.has_secret && <SecretField key={kind.kind} {...rest} />}
    </>
  );
}
