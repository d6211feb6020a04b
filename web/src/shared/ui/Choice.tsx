/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { ReactNode } from "react";
import styles from "./Choice.module.css";

/* One of several, each a frame that may hold what follows from it. */
export function Choices({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={styles.choices}>
      <legend className="visually-hidden">{title}</legend>
      {children}
    </fieldset>
  );
}

interface ChoiceProps {
  /* The same for all of one question. */
  group: string;
  label: ReactNode;
  isChosen: boolean;
  onChoose: () => void;
  children?: ReactNode;
}

export function Choice({ group, label, isChosen, onChoose, children }: ChoiceProps) {
  return (
    <div className={styles.choice} data-chosen={isChosen}>
      <label className={styles.label}>
        <input type="radio" name={group} className={styles.radio} checked={isChosen} onChange={onChoose} />
        {label}
      </label>
      {children}
    </div>
  );
}
