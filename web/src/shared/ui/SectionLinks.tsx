/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages that belong together, each a link above its title. */
import { NavLink } from "react-router";
import { preload } from "@/shared/lib/preload";
import styles from "./SectionLinks.module.css";

export function SectionLinks({ label, sections }: { label: string; sections: readonly { to: string; name: string }[] }) {
  return (
    <nav className={styles.sections} aria-label={label}>
      {sections.map(({ to, name }) => (
        <NavLink key={to} to={to} end className={styles.section ?? ""} onPointerEnter={() => preload(to)} onFocus={() => preload(to)}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
