/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What people call a setting of an account; one the page does not know yet goes by its own name. */
import { useTranslation } from "react-i18next";
import words from "./ru.json";

type Known = keyof typeof words.setting;
type KnownOfProfile = keyof typeof words.profile_setting;

function isKnown(key: string): key is Known {
  return Object.hasOwn(words.setting, key);
}

function isKnownOfProfile(key: string): key is KnownOfProfile {
  return Object.hasOwn(words.profile_setting, key);
}

export function useSettingLabel(): (key: string) => string {
  const { t } = useTranslation("account-words");
  return (key) => (isKnown(key) ? t(`setting.${key}`) : key);
}

/* Of a profile of an HTTP provider. */
export function useProfileLabel(): (key: string) => string {
  const { t } = useTranslation("account-words");
  return (key) => (isKnownOfProfile(key) ? t(`profile_setting.${key}`) : key);
}
