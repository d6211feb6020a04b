/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How long the messages become: by alphabet among the clients that were looked at, and in the worst case. */
import { useTranslation } from "react-i18next";
import { Facts, type Fact } from "@/shared/ui/Facts";
import { Missing } from "@/shared/ui/values";
import type { Preview } from "./queries";

interface MeasuresProps {
  preview: Preview | undefined;
  /* Of every client. */
  whole: Preview | undefined;
}

export function Measures({ preview, whole }: MeasuresProps) {
  const { t } = useTranslation("message-text");
  const worst = whole?.worst ?? null;
  const alphabets = preview?.alphabets ?? [];
  const facts: Fact[] = (["ucs2", "gsm7"] as const).map((encoding) => {
    const found = alphabets.find((one) => one.encoding === encoding);
    return {
      label: t(`measures.${encoding}`),
      value: found === undefined ? <Missing /> : `${t("messages", { ns: "common", count: found.texts })}, ${t("measures.up_to", { count: found.parts_max })}`,
    };
  });
  facts.push({
    label: t("measures.worst"),
    value: worst === null ? <Missing /> : `${t("parts", { ns: "common", count: worst.parts })} · ${t("counter.characters", { count: worst.units })}`,
  });
  return <Facts facts={facts} />;
}
