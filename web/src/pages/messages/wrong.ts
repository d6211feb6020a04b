/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { looksLikePhone } from "@/shared/lib/format";
import { isFixed, readPhone } from "@/shared/lib/phone";

/* What is wrong with a number at first sight; apid knows the rest. */
export function wrongWith(typed: string): "incomplete" | "fixed" | null {
  if (!looksLikePhone(typed)) return "incomplete";
  const phone = readPhone(typed);
  return phone !== null && isFixed(phone) ? "fixed" : null;
}
