/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { isCategory, isSenderKind, type Conditions } from "./conditions";
import { useOperatorName } from "./queries";

/* The operator, network or digits that something is for; then what else must hold, if anything. */
export function useConditions(): { whom: (row: Conditions) => string; rest: (row: Conditions) => string } {
  const { t } = useTranslation("delivery-words");
  const operatorName = useOperatorName();
  const whom = ({ operator, network = null, prefix = null }: Conditions) => {
    const said = [
      operator === null ? null : operatorName(operator),
      network === null ? null : t("network", { network }),
      prefix === null ? null : t("prefix", { prefix }),
    ].filter((part) => part !== null);
    return said.length === 0 ? t("any_operator") : said.join(", ");
  };
  const rest = ({ category, registered, sender }: Conditions) =>
    [
      category === null ? null : isCategory(category) ? t(`message_category.${category}`, { ns: "common" }) : category,
      registered === null ? null : registered ? t("registered") : t("not_registered"),
      sender === null ? null : isSenderKind(sender) ? t(`sender.${sender}`) : sender,
    ]
      .filter((part) => part !== null)
      .join(", ");
  return { whom, rest };
}
