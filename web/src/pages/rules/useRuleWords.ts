/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A rule in plain words: which messages it speaks of, and what it says of them. */
import { useTranslation } from "react-i18next";
import type { RouteRule } from "@/api/types";
import { formatPrice } from "@/features/delivery-words/price";
import { useOperatorName } from "@/features/delivery-words/queries";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDuration } from "@/shared/lib/format";

export function useRuleWords(): { matches: (rule: RouteRule) => string; says: (rule: RouteRule) => string[] } {
  const { t } = useTranslation("rules");
  const language = useLanguage();
  const operatorName = useOperatorName();
  const accounts = ({ accounts: named }: RouteRule) => named.map(({ account, weight }) => (account === "" ? t("gone_account") : weight === null ? account : `${account} (${weight})`)).join(", ");
  return {
    matches: ({ category, class: kind, operator, prefix, sender }) => {
      const parts = [
        category === null ? null : t(`message_category.${category}`, { ns: "common" }),
        kind === null ? null : t(`class.${kind}`),
        operator === null ? null : operatorName(operator),
        prefix === null ? null : t("prefix", { ns: "delivery-words", prefix }),
        sender === null ? null : t("from", { sender }),
      ].filter((part) => part !== null);
      return parts.length === 0 ? t("everything") : parts.join(" · ");
    },
    says: (rule) =>
      [
        rule.accounts.length === 0 ? null : t(rule.only_these ? "says.only" : "says.first", { accounts: accounts(rule) }),
        rule.price_max === null ? null : t("says.price", { price: formatPrice(rule.price_max, "RUB", language) }),
        rule.delivery_min_percent === null ? null : t("says.delivery", { percent: rule.delivery_min_percent }),
        rule.spread_percent === 0 ? null : t("says.spread", { percent: rule.spread_percent }),
        rule.receipt_within_s === null ? null : t("says.receipt", { time: formatDuration(rule.receipt_within_s, language) }),
      ].filter((part) => part !== null),
  };
}
