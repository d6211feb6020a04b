/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useEffect, useRef, type ReactNode } from "react";
import styles from "./Wizard.module.css";

/* One step: its question, and what answers it. Taking its place it takes the focus, so that the keyboard and
 * the ear begin at the top of the step. */
export function Question({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, []);
  return (
    <section className={styles.question}>
      <div>
        <h2 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h2>
        {lead !== undefined && <p className={styles.lead}>{lead}</p>}
      </div>
      {children}
    </section>
  );
}
