/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";

/* The code of the language shown: for numbers, money and times. */
export function useLanguage(): string {
  return useTranslation().i18n.language;
}
