/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { MenuPage } from "./pages";

/* A page's word in the menu. The namespace is the page's folder, which the compiler cannot know. */
export function useMenuTitle(): (page: MenuPage) => string {
  const { i18n } = useTranslation();
  return (page) => {
    const title: unknown = i18n.getResource(i18n.language, page.name, "menu");
    return typeof title === "string" ? title : page.name;
  };
}
