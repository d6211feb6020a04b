/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The parts of the page as tabs. Each is an address, so each is a link; arrows go from one to the next. */
import { useId, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { linkTo, neighbour, tabs, type Tab } from "./view";
import styles from "./TabLinks.module.css";

const inPlace = { replace: true, preventScrollReset: true };

export function TabLinks({ open, children }: { open: Tab; children: ReactNode }) {
  const { t } = useTranslation("campaign");
  const navigate = useNavigate();
  const id = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    const next = neighbour(open, event.key);
    if (next === null) return;
    event.preventDefault();
    document.getElementById(`${id}-${next}`)?.focus();
    void navigate(linkTo({ tab: next }), inPlace);
  };
  return (
    <div>
      <div role="tablist" aria-label={t("parts")} className={styles.tabs} onKeyDown={onKeyDown} tabIndex={-1}>
        {tabs.map((tab) => (
          <Link
            key={tab}
            id={`${id}-${tab}`}
            role="tab"
            to={linkTo({ tab })}
            {...inPlace}
            className={styles.tab ?? ""}
            aria-selected={tab === open}
            aria-controls={tab === open ? `${id}-panel` : undefined}
            tabIndex={tab === open ? 0 : -1}
          >
            {t(`tab.${tab}`)}
          </Link>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${open}`}>
        {children}
      </div>
    </div>
  );
}
