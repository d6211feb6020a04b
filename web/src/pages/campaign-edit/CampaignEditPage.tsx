/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Makes a campaign, or goes on with a draft. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { Navigate, useParams, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Wizard } from "./Wizard";
import { takeTemplate } from "./draft";

/* The draft as the server has it now, never as some cache remembers it. */
function Resumed({ id, onMade }: { id: string; onMade: (id: string) => void }) {
  const query = useQuery({
    queryKey: keys.campaign(id),
    queryFn: ({ signal }) => api.get("/v1/campaigns/{id}", { path: { id }, signal }),
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
  const [opened, setOpened] = useState(false);
  if (query.error !== null && !opened) return <ErrorView error={query.error} onAgain={() => void query.refetch()} />;
  if (query.data === undefined || (!opened && !query.isFetchedAfterMount)) return <PageSkeleton />;
  if (!opened && query.data.status !== "draft") return <Navigate to={`/campaigns/${id}`} replace />;
  if (!opened) setOpened(true);
  return <Wizard campaign={query.data} onMade={onMade} />;
}

/* `?template=3` begins with the text of a template: the button on its page. */
function Begun({ onMade }: { onMade: (id: string) => void }) {
  const [search] = useSearchParams();
  // The address changes as soon as the draft has one of its own.
  const [templateId] = useState(() => search.get("template"));
  const isAsked = templateId !== null && /^\d{1,19}$/.test(templateId);
  const query = useQuery({
    queryKey: keys.template(templateId ?? ""),
    queryFn: ({ signal }) => api.get("/v1/templates/{id}", { path: { id: templateId ?? "" }, signal }),
    enabled: isAsked,
  });
  if (!isAsked) return <Wizard campaign={null} onMade={onMade} />;
  if (query.data === undefined) return query.error === null ? <PageSkeleton /> : <ErrorView error={query.error} onAgain={() => void query.refetch()} />;
  return <Wizard campaign={null} first={takeTemplate(query.data)} onMade={onMade} />;
}

/* A new draft gets its id, and its address, while somebody is writing: what is on the screen stays. */
interface Visit {
  number: number;
  /* Of the address. */
  id: string | undefined;
  /* With which the visit began. */
  begunWith: string | undefined;
  /* Which it got on the way. */
  made: string | undefined;
}

function nextVisit(visit: Visit, id: string | undefined): Visit {
  if (id !== undefined && id === visit.made) return { ...visit, id };
  return { number: visit.number + 1, id, begunWith: id, made: undefined };
}

export default function CampaignEditPage() {
  const { id } = useParams();
  const [visit, setVisit] = useState<Visit>({ number: 0, id, begunWith: id, made: undefined });
  if (id !== visit.id) setVisit(nextVisit(visit, id));
  const onMade = useCallback((made: string) => setVisit((before) => ({ ...before, made })), []);
  if (visit.begunWith !== undefined) return <Resumed key={visit.number} id={visit.begunWith} onMade={onMade} />;
  return <Begun key={visit.number} onMade={onMade} />;
}
