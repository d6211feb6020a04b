/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One source: the question it asks, if it asks one; what its last reading brought; those before; how it is set up. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import type { Source } from "@/api/types";
import { SourceStateTag } from "@/features/source-words/SourceTags";
import { useSource } from "@/features/source-words/queries";
import { useSchedule } from "@/features/source-words/useSchedule";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Deeds } from "./Deeds";
import { Held } from "./Held";
import { History } from "./History";
import { NextStep } from "./NextStep";
import { Report } from "./Report";
import { SetUp } from "./SetUp";
import { useRefused, useRun, useRuns } from "./queries";

/* The parts of the page have heights nobody knows before: they come together, so that nothing jumps. What comes later,
 * by a click or with time, does not hide what stands there. */
function useReady(source: Source, run: string | undefined): boolean {
  const [isReady, setReady] = useState(false);
  const held = useRun(source.id, source.held_run_id ?? undefined);
  const shown = useRun(source.id, run);
  const refused = useRefused(source.id, shown.data);
  const { rows, error } = useRuns(source.id);
  const isThere = !held.isLoading && !shown.isLoading && !refused.isLoading && (rows !== undefined || error !== null);
  if (isThere && !isReady) setReady(true);
  return isReady;
}

function Content({ source }: { source: Source }) {
  const { t } = useTranslation("source");
  const words = useTranslation("source-words").t;
  const schedule = useSchedule();
  const [search] = useSearchParams();
  const run = search.get("run") ?? source.last_run?.id;
  if (!useReady(source, run)) return <PageSkeleton />;
  return (
    <Page
      title={source.name}
      tag={<SourceStateTag source={source} />}
      lead={`${words(`kind.${source.kind}`)} · ${schedule(source)}`}
      back={{ to: "/sources", label: t("back") }}
      actions={<Deeds source={source} />}
    >
      {source.held_run_id !== null && <Held key={source.held_run_id} source={source} run={source.held_run_id} />}
      <NextStep source={source} />
      {run !== undefined && <Report key={run} source={source} run={run} />}
      <History source={source} shown={run} />
      <SetUp source={source} />
    </Page>
  );
}

export default function SourcePage() {
  const { id = "" } = useParams();
  const { data, error, refetch } = useSource(id);
  if (data !== undefined) return <Content key={id} source={data} />;
  return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
}
