/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Translations. A folder's ru.json and en.json are the namespace of the folder's name; `common` holds the
 * words several pages use. A language is one file of the build, fetched when it is needed.
 *
 * In texts: {{count, num}} is a number with thin spaces; keys with _one, _few, _many, _other are plurals. */
import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { setRequestLanguage } from "@/api/client";
import { formatNumber } from "@/shared/lib/format";

export const languages = ["ru", "en"] as const;
export type Language = (typeof languages)[number];

export function isLanguage(value: string): value is Language {
  return languages.some((language) => language === value);
}

/* Before anybody has signed in: what the browser asks for, Russian otherwise. */
export function browserLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const code = tag.slice(0, 2).toLowerCase();
    if (isLanguage(code)) return code;
  }
  return "ru";
}

const load = {
  ru: async () => (await import("./bundle.ru")).bundle,
  en: async () => (await import("./bundle.en")).bundle,
};

async function addLanguage(instance: i18n, language: Language): Promise<void> {
  if (instance.hasResourceBundle(language, "common")) return;
  for (const [namespace, words] of Object.entries(await load[language]())) {
    instance.addResourceBundle(language, namespace, words);
  }
}

export async function startI18n(language: Language): Promise<void> {
  const instance = i18next.use(initReactI18next);
  await instance.init({
    lng: language,
    fallbackLng: false,
    defaultNS: "common",
    fallbackNS: "common",
    resources: { [language]: await load[language]() },
    interpolation: { escapeValue: false },
  });
  i18next.services.formatter?.add("num", (value: unknown, lng) => formatNumber(Number(value), lng ?? "ru"));
  applyLanguage(language);
}

function applyLanguage(language: Language): void {
  document.documentElement.lang = language;
  setRequestLanguage(language);
}

export async function changeLanguage(language: Language): Promise<void> {
  if (i18next.language === language) return;
  await addLanguage(i18next, language);
  await i18next.changeLanguage(language);
  applyLanguage(language);
}
