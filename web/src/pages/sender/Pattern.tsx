/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { piecesOf } from "./pattern";
import styles from "./Sender.module.css";

/* A registered text, its variables told apart. */
export function Pattern({ pattern }: { pattern: string }) {
  return (
    <p className={styles.pattern}>
      {piecesOf(pattern).map(({ text, isVariable }, i) =>
        isVariable ? (
          <code key={i} className={styles.variable}>
            {text}
          </code>
        ) : (
          <span key={i}>{text}</span>
        ),
      )}
    </p>
  );
}
