/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is going on, in two sentences: what has happened, and what will. */
import { useTranslation } from "react-i18next";
import type { Campaign, Progress } from "@/api/types";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDuration, formatNumber, formatPercent, formatTime } from "@/shared/lib/format";
import { notSent, type Summary } from "./missed";
import { awaited, barOf, deadline, finishTime, phaseOf } from "./phase";

export interface Story {
  headline: string;
  detail: string;
}

interface Known {
  campaign: Campaign;
  progress: Progress;
  /* When the progress was told. */
  toldMs: number;
  nowMs: number;
  /* Undefined while it is not known. */
  summary: Summary | undefined;
}

/* Numbers and times in the reader's language. */
function useSay() {
  const language = useLanguage();
  return {
    number: (value: number) => formatNumber(value, language),
    percent: (share: number) => formatPercent(share, language),
    time: (iso: string) => formatTime(iso, language),
    seconds: (seconds: number) => formatDuration(seconds, language),
    between: (from: string | null, to: string | null) => (from === null || to === null ? "" : formatDuration((Date.parse(to) - Date.parse(from)) / 1000, language)),
  };
}

function useSent(): (progress: Progress) => string {
  const { t } = useTranslation("campaign");
  const say = useSay();
  return (progress) => {
    const { audience, left } = progress;
    return t("story.sent", { done: say.number(audience - left), audience: say.number(audience), percent: say.percent(barOf(progress).done) });
  };
}

function useStart(): (known: Known) => Story {
  const { t } = useTranslation("campaign");
  const say = useSay();
  return ({ campaign: { status, start_at }, nowMs }) => {
    const leftS = start_at === null ? 0 : (Date.parse(start_at) - nowMs) / 1000;
    const isDue = start_at === null || leftS < 1;
    if (status === "paused") return { headline: t("story.held"), detail: isDue ? t("story.held_due") : t("story.held_until", { time: say.time(start_at) }) };
    return isDue ? { headline: t("story.begins"), detail: "" } : { headline: t("story.planned", { time: say.time(start_at), duration: say.seconds(leftS) }), detail: t("story.planned_text") };
  };
}

function useEnd(): (known: Known) => string {
  const { t } = useTranslation("campaign");
  const say = useSay();
  return ({ progress, toldMs }) => {
    const end = finishTime(progress, toldMs);
    if (end === null || progress.eta_s === null) return t("story.counting");
    return t("story.finish", { time: say.time(end), duration: say.seconds(progress.eta_s), rate: say.number(progress.rate_per_s) });
  };
}

function useStopped(): (known: Known) => Story {
  const { t } = useTranslation("campaign");
  return ({ progress, summary }) => {
    const waiting = awaited(progress);
    const told = [t("story.stopped_sent", { count: progress.accepted }), ...(progress.finished_at === null && waiting > 0 ? [t("story.awaited", { count: waiting })] : [])];
    return { headline: summary === undefined ? t("story.stopped") : t("story.stopped_count", { count: notSent(progress, summary) }), detail: told.join(" ") };
  };
}

export function useStory(): (known: Known) => Story {
  const { t } = useTranslation("campaign");
  const say = useSay();
  const [sent, start, end, stopped] = [useSent(), useStart(), useEnd(), useStopped()];
  return (known) => {
    const { campaign, progress } = known;
    switch (phaseOf(progress)) {
      case "planned":
      case "held":
        return start(known);
      case "gathering":
        return { headline: t("story.gathering"), detail: t("story.counting") };
      case "sending":
        return { headline: sent(progress), detail: end(known) };
      case "receipts":
        return { headline: t("story.all_sent", { count: progress.accepted }), detail: t("story.awaited", { count: awaited(progress) }) };
      case "paused": {
        const until = deadline(campaign, progress);
        return { headline: sent(progress), detail: `${t("story.waits", { count: progress.left })} ${until === null ? "" : t("story.waits_until", { time: say.time(until) })}` };
      }
      case "stopping":
        return { headline: t("story.stopping"), detail: t("story.stopping_text") };
      case "stopped":
        return stopped(known);
      case "called_off":
        return { headline: t("story.called_off"), detail: t("story.called_off_text") };
      case "finished":
        return progress.audience === 0
          ? { headline: t("story.nobody"), detail: t("story.nobody_text") }
          : {
              headline: t("story.delivered", { delivered: say.number(progress.delivered), audience: say.number(progress.audience), percent: say.percent(barOf(progress).delivered) }),
              detail: t("story.finished", { time: say.time(progress.finished_at ?? ""), duration: say.between(progress.started_at, progress.finished_at) }),
            };
      case "failed":
        return { headline: campaign.problem ?? t("story.failed"), detail: t("story.failed_text") };
    }
  };
}
