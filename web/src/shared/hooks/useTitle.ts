/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

/* The tab's name. Never personal data: it stays in the browser's history. */
export function useTitle(title: string): void {
  const { t } = useTranslation();
  const name = t("product");
  useEffect(() => {
    document.title = title === "" ? name : `${title} · ${name}`;
  }, [title, name]);
}
