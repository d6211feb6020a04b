/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The frame around every page: menu at the left (signs alone on a tablet, a bar at the bottom on a phone,
 * where the thumb is), search and person on top. */
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { NavigationType, NavLink, Outlet, ScrollRestoration, useLocation, useNavigationType } from "react-router";
import { useMe } from "@/shared/hooks/useMe";
import { arrived } from "@/shared/lib/came-from";
import { onPreload, preload } from "@/shared/lib/preload";
import { PageLink } from "@/shared/ui/PageLink";
import { Header } from "./Header";
import { useMenuTitle } from "./menu-title";
import { menuFor, preloadFor, preloadWhenIdle, type MenuPage } from "./pages";
import icon from "./icon.svg";
import styles from "./Layout.module.css";

onPreload(preloadFor);

function MenuItem({ page }: { page: MenuPage }) {
  const title = useMenuTitle()(page);
  const to = page.paths[0] ?? "/";
  const near = () => preload(to);
  const Icon = page.menu.icon;
  return (
    <li>
      <NavLink to={to} end={to === "/"} className={styles.item ?? ""} onPointerEnter={near} onFocus={near} title={title}>
        <span className={styles.itemIcon} aria-hidden>
          <Icon />
        </span>
        <span className={styles.itemTitle}>{title}</span>
      </NavLink>
    </li>
  );
}

/* A new page begins at its top for the keyboard too. */
function useFocusOnNewPage(): void {
  const { pathname } = useLocation();
  useEffect(() => {
    const active = document.activeElement;
    if (active instanceof HTMLElement && active.closest("main") === null) active.blur();
  }, [pathname]);
}

/* Tells links back which page stood here before. */
function useArrival(): void {
  const { pathname, key } = useLocation();
  const isReplaced = useNavigationType() === NavigationType.Replace;
  useEffect(() => arrived(pathname, isReplaced), [pathname, key, isReplaced]);
}

export function Layout() {
  const { t } = useTranslation();
  const me = useMe();
  useFocusOnNewPage();
  useArrival();
  useEffect(() => preloadWhenIdle(), []);
  return (
    <div className={styles.layout}>
      <a className={styles.skip} href="#content">
        {t("layout.skip")}
      </a>
      <nav className={styles.menu} aria-label={t("layout.navigation")}>
        <PageLink to="/" className={styles.brand ?? ""} aria-label={t("product")}>
          <img src={icon} width={28} height={28} alt="" />
          <span className={styles.brandName}>{t("product")}</span>
        </PageLink>
        <ul className={styles.items}>
          {menuFor(me).map((page) => (
            <MenuItem key={page.name} page={page} />
          ))}
        </ul>
      </nav>
      <Header />
      <main id="content" className={styles.content} tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration />
    </div>
  );
}
