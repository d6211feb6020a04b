/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What belongs to delivery: how it is just now, which way messages go, what they cost. */
import { useTranslation } from "react-i18next";
import type { Right } from "@/api/types";
import { useMe } from "@/shared/hooks/useMe";
import { SectionLinks } from "@/shared/ui/SectionLinks";

interface SectionSpec {
  to: string;
  word: "now" | "routing" | "rules" | "tariffs" | "invoices";
  right: Right;
}

const sections: readonly SectionSpec[] = [
  { to: "/delivery", word: "now", right: "accounts.read" },
  { to: "/delivery/routing", word: "routing", right: "accounts.read" },
  { to: "/delivery/rules", word: "rules", right: "accounts.read" },
  { to: "/delivery/tariffs", word: "tariffs", right: "tariffs.read" },
  { to: "/delivery/invoices", word: "invoices", right: "tariffs.read" },
];

export function Sections() {
  const { t } = useTranslation("delivery-sections");
  const { rights } = useMe();
  const shown = sections.filter(({ right }) => rights.includes(right));
  return <SectionLinks label={t("label")} sections={shown.map(({ to, word }) => ({ to, name: t(word) }))} />;
}
