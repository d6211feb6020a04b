/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";

const fields = [
  "first_name", "last_name", "middle_name", "external_id", "sex", "birthday", "language", "time_zone", "region", "city",
  "branch", "manager", "status", "segment", "loyalty_tier", "points", "balance", "debt", "contract_number", "contract_from",
  "contract_to", "registered_on", "tags",
] as const;
type FieldName = (typeof fields)[number];

function isField(name: string): name is FieldName {
  return fields.some((field) => field === name);
}

/* What people call a field: "first_name" is the first name, "сумма_долга" the сумма долга. */
export function useFieldName(): (name: string) => string {
  const { t } = useTranslation("message-text");
  return (name) => (isField(name) ? t(`field.${name}`) : name.replaceAll("_", " "));
}
