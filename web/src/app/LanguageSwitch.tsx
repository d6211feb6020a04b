/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Segmented from "antd/es/segmented";
import { useTranslation } from "react-i18next";
import { changeLanguage } from "@/i18n/i18n";
import { isLanguage } from "@/i18n/language";

/* Before sign-in; afterwards the profile says. Languages are called by their own names. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <Segmented
      aria-label={t("sign_in.language")}
      value={i18n.language}
      options={[
        { value: "ru", label: <span lang="ru">Русский</span> },
        { value: "en", label: <span lang="en">English</span> },
      ]}
      onChange={(language) => {
        if (isLanguage(language)) void changeLanguage(language);
      }}
    />
  );
}
