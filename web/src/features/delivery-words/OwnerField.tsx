/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whose price list or invoice it is: an account, or a provider with all of its accounts. */
import Select from "antd/es/select";
import { useTranslation } from "react-i18next";
import { Field } from "@/shared/ui/Field";
import { useOwners } from "./queries";
import styles from "./Words.module.css";

interface Props {
  /* As ownerKey() writes it; null: none is chosen. */
  value: string | null;
  onChange: (owner: string) => void;
  wrong?: string | undefined;
  note?: string;
}

export function OwnerField({ value, onChange, wrong, note }: Props) {
  const { t } = useTranslation("delivery-words");
  const { accounts, providers } = useOwners();
  return (
    <Field label={t("owner.label")} note={note} wrong={wrong}>
      {(props) => (
        <Select<string>
          {...props}
          className={styles.wide ?? ""}
          value={value}
          placeholder={t("owner.choose")}
          showSearch={{ optionFilterProp: "label" }}
          options={[
            { label: t("owner.providers"), options: providers.map(({ name, title }) => ({ value: `p:${name}`, label: title === "" ? name : `${title} (${name})` })) },
            { label: t("owner.accounts"), options: accounts.map(({ name }) => ({ value: `a:${name}`, label: name })) },
          ]}
          onChange={onChange}
        />
      )}
    </Field>
  );
}
