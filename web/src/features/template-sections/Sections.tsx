/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What belongs to templates: the texts themselves, promo codes and short links that they put in. */
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { preload } from "@/shared/lib/preload";
import styles from "./Sections.module.css";

const sections = [
  { to: "/templates", word: "templates" },
  { to: "/templates/promo", word: "promo" },
  { to: "/templates/links", word: "links" },
] as const;

export function Sections() {
  const { t } = useTranslation("template-sections");
  return (
    <nav className={styles.sections} aria-label={t("label")}>
      {sections.map(({ to, word }) => (
        <NavLink key={to} to={to} end className={styles.section ?? ""} onPointerEnter={() => preload(to)} onFocus={() => preload(to)}>
          {t(word)}
        </NavLink>
      ))}
    </nav>
  );
}
