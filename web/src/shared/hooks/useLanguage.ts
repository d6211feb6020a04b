/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { createContext, use } from "react";

/* Set by the shell. A table has hundreds of values, each of which would subscribe to all of i18next for it. */
export const LanguageContext = createContext("ru");

/* The code of the language shown: for numbers, money and times. */
export function useLanguage(): string {
  return use(LanguageContext);
}
