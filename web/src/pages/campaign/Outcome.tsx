/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The figures: what arrived, what did not, what nobody knows, what it cost. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Figures } from "@/shared/ui/Figures";
import { Money, Num } from "@/shared/ui/values";
import type { Counts } from "./funnel";
import { linkTo } from "./view";

function Opens({ to, value }: { to: string; value: number }) {
  return value === 0 ? (
    <Num value={0} />
  ) : (
    <Link to={to}>
      <Num value={value} />
    </Link>
  );
}

export function Outcome({ counts }: { counts: Counts }) {
  const { t } = useTranslation("campaign");
  const lost = counts.undelivered + counts.expired + counts.rejected + counts.failed;
  return (
    <Figures
      figures={[
        { label: t("figure.delivered"), value: <Opens to={linkTo({ tab: "messages", state: "delivered" })} value={counts.delivered} /> },
        { label: t("figure.lost"), value: <Opens to={linkTo({ tab: "missed" })} value={lost} /> },
        { label: t("figure.unknown"), value: <Opens to={linkTo({ tab: "missed", reason: "unknown" })} value={counts.unknown} />, note: t("figure.unknown_note") },
        { label: t("figure.cost"), value: <Money value={counts.cost} /> },
        { label: t("figure.parts"), value: <Num value={counts.parts} /> },
      ]}
    />
  );
}
