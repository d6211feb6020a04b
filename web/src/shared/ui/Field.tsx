/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A field with its label above and what is to be said about it below. */
import { useId, type ReactNode } from "react";
import styles from "./Field.module.css";

export interface FieldProps {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  status: "" | "error";
}

interface Props {
  label: string;
  note?: ReactNode;
  wrong?: string | undefined;
  children: (props: FieldProps) => ReactNode;
}

export function Field({ label, note, wrong, children }: Props) {
  const id = useId();
  const isWrong = wrong !== undefined;
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children({ id, "aria-describedby": `${id}-note`, "aria-invalid": isWrong, status: isWrong ? "error" : "" })}
      <p id={`${id}-note`} className={isWrong ? styles.wrong : styles.note}>
        {isWrong ? wrong : note}
      </p>
    </div>
  );
}
