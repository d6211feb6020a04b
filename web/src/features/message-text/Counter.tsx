/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Characters and parts, by the rules of the sender. */
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isCyrillic } from "./costly";
import { normalise, partLimit, split } from "./parts";
import type { Preview } from "./queries";
import { savingsOf, type Spelling } from "./spelling";
import { usePartsRange } from "./usePartsRange";
import { withFallbacks, type Template } from "./template";
import styles from "./TextEditor.module.css";

/* Said once and not again while the page is open. */
let explained = false;

function CyrillicNote() {
  const { t } = useTranslation("message-text");
  const [shown, setShown] = useState(!explained);
  if (!shown) return null;
  const close = () => {
    explained = true;
    setShown(false);
  };
  return (
    <p className={styles.note}>
      {t("counter.cyrillic")}{" "}
      <Button type="link" size="small" className={styles.noteButton ?? ""} onClick={close}>
        {t("counter.understood")}
      </Button>
    </p>
  );
}

/* Of a text with fields: what the clients that were looked at would get. */
function OfClients({ parts }: { parts: NonNullable<Preview["parts"]> }) {
  const { t } = useTranslation("message-text");
  if (parts.min === parts.max) return t("counter.clients_same", { count: parts.max });
  return t("counter.clients_range", { min: parts.min, count: parts.max });
}

interface CounterProps {
  template: Template;
  spelling: Spelling;
  preview: Preview | undefined;
  dataIsCyrillic: boolean;
}

export function Counter({ template, spelling, preview, dataIsCyrillic }: CounterProps) {
  const { t } = useTranslation("message-text");
  const sent = normalise(withFallbacks(template));
  const { encoding, units, parts: own } = split(sent);
  const room = partLimit(encoding, own.length) - (own.at(-1)?.units ?? 0);
  const parts = usePartsRange();
  // What differs from client to client, or is longer or shorter than it is written.
  const hasFields = template.pieces.some(({ kind }) => kind !== "literal");
  // What is sent is another text, which the server spells.
  if (savingsOf(preview).get(spelling)?.isOther === true && preview?.parts != null) {
    return (
      <p className={styles.counter}>
        <span>{t("counter.characters", { count: units })}</span>
        <span>
          {t(`counter.spelled.${spelling === "latin" ? "latin" : "plain"}`)} <strong>{parts(preview.parts)}</strong>
        </span>
      </p>
    );
  }
  return (
    <>
      <p className={styles.counter}>
        <span>
          {hasFields && "≈ "}
          {t("counter.characters", { count: units })} · <strong>{t("parts", { ns: "common", count: own.length })}</strong>
        </span>
        {!dataIsCyrillic && <span className={styles.room}>{t("counter.room", { count: room })}</span>}
        {hasFields && preview?.parts != null && (
          <span className={styles.room}>
            <OfClients parts={preview.parts} />
          </span>
        )}
      </p>
      {dataIsCyrillic && <p className={styles.note}>{t("counter.data_cyrillic")}</p>}
      {encoding === "ucs2" && isCyrillic(sent) && <CyrillicNote />}
    </>
  );
}
