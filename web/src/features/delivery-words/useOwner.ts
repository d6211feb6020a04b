/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";

/* Whose a price list or an invoice is, in words. */
export function useOwnerName(): (owner: { account: string | null; provider: string | null }) => string {
  const { t } = useTranslation("delivery-words");
  return ({ account, provider }) => (account === null ? t("owner.provider", { name: provider ?? "" }) : t("owner.account", { name: account }));
}
