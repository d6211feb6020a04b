/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The frame of a page: its one h1, what can be done with all of it, the way back. */
import ArrowLeftOutlined from "@ant-design/icons/es/icons/ArrowLeftOutlined";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useTitle } from "@/shared/hooks/useTitle";
import { cameFrom } from "@/shared/lib/came-from";
import { PageLink } from "./PageLink";
import styles from "./Page.module.css";

interface PageProps {
  title: ReactNode;
  /* The tab's name when the title is not plain text or would show personal data there. */
  tabTitle?: string;
  /* Beside the title: a StatusTag. */
  tag?: ReactNode;
  /* One line under the title. */
  lead?: ReactNode;
  back?: { to: string; label: string };
  /* Buttons; the first one is the main one. */
  actions?: ReactNode;
  /* Text and forms read better narrow: at most 720 px. */
  narrow?: boolean;
  children?: ReactNode;
}

/* Back to a page as it was left, when it is the one before in the history. */
function BackLink({ to, label }: { to: string; label: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <PageLink
      to={to}
      className={styles.back ?? ""}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || !cameFrom(to)) return;
        event.preventDefault();
        void navigate(-1);
      }}
    >
      <ArrowLeftOutlined aria-hidden /> {label === "" ? t("actions.back") : label}
    </PageLink>
  );
}

export function Page({ title, tabTitle, tag, lead, back, actions, narrow = false, children }: PageProps) {
  useTitle(tabTitle ?? (typeof title === "string" ? title : ""));
  return (
    <div className={`${styles.page ?? ""} ${narrow ? (styles.narrow ?? "") : ""}`}>
      <div className={styles.head}>
        <div className={styles.heading}>
          {back !== undefined && <BackLink to={back.to} label={back.label} />}
          <div className={styles.titleLine}>
            <h1 className={styles.title}>{title}</h1>
            {tag}
          </div>
          {lead !== undefined && <p className={styles.lead}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/* A part of a page under its own heading. */
export function Section({ title, extra, children }: { title: ReactNode; extra?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <div className={styles.sectionHead}>
        <h2 className={styles.sectionTitle}>{title}</h2>
        {extra}
      </div>
      {children}
    </section>
  );
}

/* A part that is one panel. */
export function PanelSection({ title, className, children }: { title: ReactNode; className?: string | undefined; children: ReactNode }) {
  return (
    <Section title={title}>
      <Panel className={className ?? ""}>{children}</Panel>
    </Section>
  );
}

/* White ground with a hairline: what belongs together. */
export function Panel({ children, className = "" }: { children: ReactNode; className?: string }) {
  return <div className={`${styles.panel ?? ""} ${className}`}>{children}</div>;
}
