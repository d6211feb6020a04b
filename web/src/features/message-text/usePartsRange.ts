/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { Preview } from "./queries";

/* "1 part", or from how many to how many the clients get. */
export function usePartsRange(): (parts: NonNullable<Preview["parts"]>) => string {
  const { t } = useTranslation("message-text");
  return ({ min, max }) => (min === max ? t("parts", { ns: "common", count: max }) : t("spelling.range", { min, count: max }));
}
