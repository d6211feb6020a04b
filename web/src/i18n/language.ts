/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which language, and its file of the build. Apart from i18n.ts, so that the first script can fetch the words
 * before the libraries have come. */
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
  ru: () => import("./bundle.ru"),
  en: () => import("./bundle.en"),
};

export type Bundle = Awaited<ReturnType<(typeof load)[Language]>>;

export function loadBundle(language: Language): Promise<Bundle> {
  return load[language]();
}
