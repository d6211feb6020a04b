/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What stands in the place of every page until a person is in: signing in, and what has to be done first. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useTitle } from "@/shared/hooks/useTitle";
import { LanguageSwitch } from "./LanguageSwitch";
import icon from "./icon.svg";
import styles from "./Door.module.css";

export function Door({ title, children, help }: { title: string; children: ReactNode; help: string }) {
  const { t } = useTranslation();
  useTitle(title);
  return (
    <main className={styles.door}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <img src={icon} width={36} height={36} alt="" />
          <span>{t("product")}</span>
        </div>
        <h1 className={styles.title}>{title}</h1>
        {children}
        <p className={styles.help}>{help}</p>
      </div>
      <LanguageSwitch />
    </main>
  );
}
