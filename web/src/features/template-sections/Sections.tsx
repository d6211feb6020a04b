/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What belongs to templates: the texts themselves, promo codes and short links that they put in. */
import { useTranslation } from "react-i18next";
import { SectionLinks } from "@/shared/ui/SectionLinks";

const sections = [
  { to: "/templates", word: "templates" },
  { to: "/templates/promo", word: "promo" },
  { to: "/templates/links", word: "links" },
] as const;

export function Sections() {
  const { t } = useTranslation("template-sections");
  return <SectionLinks label={t("label")} sections={sections.map(({ to, word }) => ({ to, name: t(word) }))} />;
}
