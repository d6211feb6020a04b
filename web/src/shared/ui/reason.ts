/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { meaningOf } from "@/shared/lib/smpp";
import type ru from "@/i18n/ru.json";

type Reason = keyof typeof ru.reason;

function isReason(value: string, known: Record<string, unknown>): value is Exclude<Reason, "smpp"> {
  return value !== "smpp" && Object.hasOwn(known, value);
}

/* Why a client got nothing, in words: "opt_out", "smpp_0x0000000b", "provider_21610". */
export function useReason(): (reason: string | null | undefined) => string {
  const { t } = useTranslation();
  const known = t("reason", { returnObjects: true }) as Record<string, unknown>;
  return (reason) => {
    if (reason === null || reason === undefined) return "—";
    const smpp = /^smpp_0x0*([0-9a-f]+)$/i.exec(reason);
    if (smpp?.[1] !== undefined) {
      const code = `0x${smpp[1].toUpperCase()}`;
      const meaning = meaningOf(Number(code));
      return meaning === null ? t("reason.smpp", { code }) : t("smpp.with_code", { meaning: t(`smpp.${meaning}`), code });
    }
    const provider = /^(?:http|provider)_(\d+)$/.exec(reason);
    if (provider?.[1] !== undefined) return t("reason.smpp", { code: provider[1] });
    return isReason(reason, known) ? t(`reason.${reason}`) : reason;
  };
}
