/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { Tariff } from "@/api/types";

/* What its prices mean: "за часть, с НДС, платим за принятые". */
export function useTerms(): (tariff: Pick<Tariff, "unit" | "vat" | "charge_on" | "currency">) => string {
  const { t } = useTranslation("delivery-words");
  return ({ unit, vat, charge_on: chargeOn, currency }) => [...(currency === "RUB" ? [] : [currency]), t(`terms.${unit}`), t(`terms.${vat}`), t(`terms.${chargeOn}`)].join(", ");
}
