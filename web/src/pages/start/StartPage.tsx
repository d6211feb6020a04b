/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { Page } from "@/shared/ui/Page";

export default function StartPage() {
  const { t } = useTranslation("start");
  return <Page title={t("title")} />;
}
