/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Translations. A folder's ru.json and en.json are the namespace of the folder's name; `common` holds the
 * words several pages use. A language is one file of the build, fetched when it is needed.
 *
 * In texts: {{count, num}} is a number with thin spaces; keys with _one, _few, _many, _other are plurals. */
import type { Locale } from "antd/es/locale";
import dayjs from "dayjs";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { setRequestLanguage } from "@/api/client";
import { formatNumber } from "@/shared/lib/format";
import { loadBundle, type Bundle, type Language } from "./language";

const antdLocales: Partial<Record<string, Locale>> = {};

/* Ant Design's own words, of a language that is there. */
export function antdLocale(language: string): Locale | undefined {
  return antdLocales[language];
}

export async function startI18n(language: Language, { words, antd }: Bundle): Promise<void> {
  antdLocales[language] = antd;
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: "common",
    fallbackNS: "common",
    resources: { [language]: words },
    interpolation: { escapeValue: false },
  });
  i18next.services.formatter?.add("num", (value: unknown, lng) => formatNumber(Number(value), lng ?? "ru"));
  applyLanguage(language);
}

function applyLanguage(language: Language): void {
  dayjs.locale(language);
  document.documentElement.lang = language;
  setRequestLanguage(language);
}

async function addLanguage(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, "common")) return;
  const { words, antd } = await loadBundle(language);
  antdLocales[language] = antd;
  for (const [namespace, texts] of Object.entries(words)) i18next.addResourceBundle(language, namespace, texts);
}

export async function changeLanguage(language: Language): Promise<void> {
  if (i18next.language === language) return;
  await addLanguage(language);
  await i18next.changeLanguage(language);
  applyLanguage(language);
}
