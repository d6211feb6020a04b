/* SPDX-License-Identifier: AGPL-3.0-or-later */
import dayjs from "dayjs";

/* Days as the company counts them, which a reader a few zones away sees a few hours sooner or later. */
export function isOver({ valid_to }: { valid_to: string | null }, today: string = dayjs().format("YYYY-MM-DD")): boolean {
  return valid_to !== null && valid_to < today;
}
