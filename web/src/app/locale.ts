/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Ant Design's own words and dayjs', fetched for the language in use. */
import type { Locale } from "antd/es/locale";
import dayjs from "dayjs";
import type { Language } from "@/i18n/i18n";

const load = {
  ru: async () => {
    const [antd] = await Promise.all([import("antd/es/locale/ru_RU"), import("dayjs/locale/ru")]);
    return antd.default;
  },
  en: async () => (await import("antd/es/locale/en_US")).default,
};

export async function antdLocale(language: Language): Promise<Locale> {
  const locale = await load[language]();
  dayjs.locale(language);
  return locale;
}
