/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Names the characters that make a Latin text expensive and offers the plain spelling. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { cheapen, type Costly } from "./costly";
import { normalise, split } from "./parts";
import { scan, withFallbacks } from "./template";

const namesShown = 6;
const partsOf = (text: string) => split(normalise(withFallbacks(scan(text)))).parts.length;

/* What cannot be seen is called by its name. */
function useShown(): (character: string) => string {
  const { t } = useTranslation("message-text");
  const invisible: Record<string, string> = { "\t": t("costly.tab"), "\u00a0": t("costly.nbsp"), "\u202f": t("costly.nbsp"), "\u2009": t("costly.thin"), "\u2007": t("costly.thin") };
  return (character) => {
    const name = invisible[character];
    if (name !== undefined) return name;
    return t(/\p{Script=Cyrillic}/u.test(character) ? "costly.cyrillic" : "costly.plain", { character });
  };
}

interface CostlyNoteProps {
  text: string;
  costly: readonly Costly[];
  /* What clients' data costs anyway cannot be saved. */
  dataIsCyrillic: boolean;
  onChange: (text: string) => void;
}

export function CostlyNote({ text, costly, dataIsCyrillic, onChange }: CostlyNoteProps) {
  const { t } = useTranslation("message-text");
  const shown = useShown();
  if (costly.length === 0) return null;
  const names = costly.slice(0, namesShown).map(({ character }) => shown(character));
  const more = costly.length - namesShown;
  const cheap = cheapen(text);
  const [now, then] = [partsOf(text), partsOf(cheap)];
  const only = costly.length === 1 ? (costly[0]?.cheaper ?? null) : null;
  const replace = only === null || only.trim() === "" ? t("costly.replace") : t("costly.replace_with", { plain: only });
  return (
    <Alert
      type="warning"
      showIcon
      title={t("costly.title", { names: names.join(", ") + (more > 0 ? "…" : "") })}
      description={
        <>
          {t("costly.why")} {then < now && !dataIsCyrillic && t("costly.saves", { now, then })} {cheap === text && t("costly.no_cheaper")}
        </>
      }
      action={
        cheap !== text && (
          <Button size="small" onClick={() => onChange(cheap)}>
            {replace}
          </Button>
        )
      }
    />
  );
}
