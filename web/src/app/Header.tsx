/* SPDX-License-Identifier: AGPL-3.0-or-later */
import UserOutlined from "@ant-design/icons/es/icons/UserOutlined";
import { useTranslation } from "react-i18next";
import { useMe } from "@/shared/hooks/useMe";
import { PageLink } from "@/shared/ui/PageLink";
import { Search } from "./Search";
import styles from "./Header.module.css";

export function Header() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <header className={styles.header}>
      <div className={styles.search}>
        <Search />
      </div>
      <PageLink to="/profile" className={styles.person ?? ""} aria-label={t("layout.account", { name: me.name })}>
        <UserOutlined aria-hidden />
        <span className={styles.personName}>{me.name}</span>
      </PageLink>
    </header>
  );
}
