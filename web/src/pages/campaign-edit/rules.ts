/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the company's rules say of one kind of message. */
import type { Answer } from "@/api/client";

type SendingRules = Answer<"/v1/sending-rules", "get">;
type Category = SendingRules["hours"][number]["category"];

interface Span {
  opens: string;
  closes: string;
}

export interface CategoryRules {
  /* On working days; undefined: at any time. `off` are days off: other hours, the same, or none at all. */
  hours: (Span & { off: Span | "same" | null }) | undefined;
  limits: { per: "day" | "week" | "month"; count: number }[];
}

function offOf({ opens, closes, off_opens: offOpens, off_closes: offCloses }: SendingRules["hours"][number]): Span | "same" | null {
  if (offOpens === null || offOpens === undefined || offCloses === null || offCloses === undefined) return null;
  return offOpens === opens && offCloses === closes ? "same" : { opens: offOpens, closes: offCloses };
}

export function rulesFor(rules: SendingRules, category: Category): CategoryRules {
  const hours = rules.quiet_hours ? rules.hours.find((one) => one.category === category) : undefined;
  const limit = rules.frequency_caps ? rules.limits.find((one) => one.category === category) : undefined;
  const counts = [
    { per: "day" as const, count: limit?.per_day },
    { per: "week" as const, count: limit?.per_week },
    { per: "month" as const, count: limit?.per_month },
  ];
  return {
    hours: hours && { opens: hours.opens, closes: hours.closes, off: offOf(hours) },
    limits: counts.flatMap(({ per, count }) => (typeof count === "number" ? [{ per, count }] : [])),
  };
}
