/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { Source } from "@/api/types";

export type Schedule = Pick<Source, "every_min" | "daily_at">;

/* When a source is read, in words. */
export function useSchedule(): (schedule: Schedule) => string {
  const { t } = useTranslation("source-words");
  return ({ every_min: minutes, daily_at: time }) => {
    if (time !== null) return t("schedule.daily", { time });
    if (minutes === null) return t("schedule.never");
    if (minutes === 60) return t("schedule.hourly");
    return minutes % 60 === 0 ? t("schedule.every_hour", { count: minutes / 60 }) : t("schedule.every_min", { count: minutes });
  };
}
