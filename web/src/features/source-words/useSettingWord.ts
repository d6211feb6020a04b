/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type words from "./ru.json";

type Known = keyof typeof words.setting;
const names = ["folder", "pattern", "host", "port", "database", "user", "tls", "schema", "table", "driver", "url", "host_key", "rows", "next", "next_parameter"] as const satisfies readonly Known[];

function isKnown(name: string): name is Known {
  return names.some((known) => known === name);
}

/* What people call a setting; one the page does not know yet goes by its own name. */
export function useSettingWord(): (name: string) => string {
  const { t } = useTranslation("source-words");
  return (name) => (isKnown(name) ? t(`setting.${name}`) : name);
}

/* A word about what belongs into it. */
export function useSettingNote(): (name: string) => string {
  const { t } = useTranslation("source-words");
  return (name) => (isKnown(name) ? t(`setting_note.${name}`) : "");
}
