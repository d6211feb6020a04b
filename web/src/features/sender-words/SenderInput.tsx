/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One of the company's senders; where unregistered ones may write, any other name can be typed. */
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Sender, SenderRules } from "@/api/types";
import type { FieldProps } from "@/shared/ui/Field";
import { namesOf } from "./choice";

const senderMax = 16;

interface Props {
  /* Of the field it stands in. */
  field: FieldProps;
  value: string;
  senders: readonly Sender[];
  rules: SenderRules | undefined;
  /* Names to propose besides: those that wrote last. */
  others?: readonly string[];
  /* None may be chosen. */
  allowClear?: boolean;
  className?: string;
  onChange: (sender: string) => void;
}

export function SenderInput({ field, value, senders, rules, others = [], allowClear = false, className = "", onChange }: Props) {
  const { t } = useTranslation("sender-words");
  const listId = useId();
  const names = namesOf(senders);
  if (rules?.unregistered === "strict") {
    return (
      <Select
        {...field}
        className={className}
        style={{ width: "100%" }}
        allowClear={allowClear}
        value={value === "" ? null : value}
        placeholder={t("choose")}
        options={names.map((name) => ({ value: name, label: name }))}
        onChange={(name: string | null | undefined) => onChange(name ?? "")}
      />
    );
  }
  return (
    <>
      <Input {...field} className={className} list={listId} value={value} maxLength={senderMax} autoComplete="off" onChange={({ target }) => onChange(target.value)} />
      <datalist id={listId}>
        {[...new Set([...names, ...others])].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
