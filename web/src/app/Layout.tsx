/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The frame around every page: menu at the left (signs alone on a tablet, a bar at the bottom on a phone,
 * where the thumb is), search and person on top. */
import EllipsisOutlined from "@ant-design/icons/es/icons/EllipsisOutlined";
import { useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { NavigationType, NavLink, Outlet, ScrollRestoration, useLocation, useNavigationType } from "react-router";
import { useMe } from "@/shared/hooks/useMe";
import { useWidth } from "@/shared/hooks/useWidth";
import { arrived } from "@/shared/lib/came-from";
import { onPreload, preload } from "@/shared/lib/preload";
import { PageLink } from "@/shared/ui/PageLink";
import { Header } from "./Header";
import { inBar } from "./bar";
import { useMenuTitle } from "./menu-title";
import { menuFor, preloadFor, preloadWhenIdle, type MenuPage } from "./pages";
import icon from "./icon.svg";
import styles from "./Layout.module.css";

onPreload(preloadFor);

function MenuItem({ page, onClick }: { page: MenuPage; onClick?: () => void }) {
  const title = useMenuTitle()(page);
  const to = page.paths[0] ?? "/";
  const near = () => preload(to);
  const Icon = page.menu.icon;
  return (
    <li>
      <NavLink to={to} end={to === "/"} className={styles.item ?? ""} onPointerEnter={near} onFocus={near} onClick={onClick} title={title}>
        <span className={styles.itemIcon} aria-hidden>
          <Icon />
        </span>
        <span className={styles.itemTitle}>{title}</span>
      </NavLink>
    </li>
  );
}

/* What the bar of a phone has no room for. */
function More({ pages }: { pages: readonly MenuPage[] }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const isHere = pages.some(({ paths: [first] }) => first !== undefined && pathname.startsWith(first));
  return (
    <li>
      <button type="button" className={styles.item} popoverTarget={id} aria-current={isHere ? "true" : undefined}>
        <span className={styles.itemIcon} aria-hidden>
          <EllipsisOutlined />
        </span>
        <span className={styles.itemTitle}>{t("layout.more")}</span>
      </button>
      <ul ref={list} id={id} popover="auto" className={styles.more} aria-label={t("layout.more")}>
        {pages.map((page) => (
          <MenuItem key={page.name} page={page} onClick={() => list.current?.hidePopover()} />
        ))}
      </ul>
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
  const menu = menuFor(me);
  const shown = useWidth() === "phone" ? inBar(menu) : menu;
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
          {shown.map((page) => (
            <MenuItem key={page.name} page={page} />
          ))}
          {shown.length < menu.length && <More pages={menu.slice(shown.length)} />}
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
