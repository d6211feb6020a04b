/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { SenderDetail, SenderRegistration } from "@/api/types";

type Placed = Pick<SenderRegistration, "account" | "provider" | "operator">;

export function useThrough({ accounts }: Pick<SenderDetail, "accounts">) {
  const { t } = useTranslation("sender");
  return ({ account, provider }: Pick<Placed, "account" | "provider">) => {
    if (account !== null) return t("one_account", { account });
    const title = accounts.find((one) => one.provider === provider)?.provider_title ?? "";
    return t("all_accounts", { provider: title === "" ? provider : title });
  };
}

/* "МТС · все подключения: Узел" */
export function useWhere(sender: Pick<SenderDetail, "accounts" | "operators">) {
  const { t } = useTranslation("sender");
  const through = useThrough(sender);
  return (placed: Placed) => `${operatorName(sender, placed.operator) ?? t("every_operator")} · ${through(placed)}`;
}

export function operatorName({ operators }: Pick<SenderDetail, "operators">, code: string | null): string | undefined {
  return operators.find((one) => one.code === code)?.name ?? code ?? undefined;
}
