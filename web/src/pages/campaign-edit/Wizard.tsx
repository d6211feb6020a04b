/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One question a screen: whom, what, when, and a last look at all of it. */
import { useQueryClient } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { keys } from "@/api/keys";
import type { Campaign } from "@/api/types";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDay } from "@/shared/lib/format";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { Page } from "@/shared/ui/Page";
import { StatusTag } from "@/shared/ui/StatusTag";
import { CheckStep } from "./CheckStep";
import { DeleteDraft } from "./DeleteDraft";
import { Gone, SaveState } from "./SaveState";
import { StepBar } from "./StepBar";
import { StepFoot } from "./StepFoot";
import { WhatStep } from "./WhatStep";
import { WhenStep } from "./WhenStep";
import { WhomStep } from "./WhomStep";
import { emptyDraft, isStep, stepOf, stepToResume, steps, type Draft, type Step } from "./draft";
import { useLists } from "./queries";
import { useDraft, useLeaving, type UsedDraft } from "./useDraft";
import styles from "./Wizard.module.css";

/* The name proposed for a list, or for all clients. */
function useProposedName(): (list: string | null) => string {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  return (list) => {
    const day = formatDay(dayjs(), language, dayjs());
    return list === null ? t("whom.proposed_all", { day }) : t("whom.proposed_list", { list, day });
  };
}

/* The step stands in the address, so that the browser's "back" is the wizard's, too. */
function useStep(resumeAt: Step) {
  const [search, setSearch] = useSearchParams();
  const wanted = search.get("step");
  const step = isStep(wanted) ? wanted : resumeAt;
  return { step, go: (to: Step) => setSearch({ step: to }) };
}

/* A new draft gets its own address as soon as it has an id. */
function useOwnAddress(id: string | null, openedAs: string | null, onMade: (id: string) => void): void {
  const navigate = useNavigate();
  const addressed = useRef(openedAs);
  useEffect(() => {
    if (id === null || id === addressed.current) return;
    addressed.current = id;
    onMade(id);
    // The step as the browser has it: what is on the screen may still be on its way there.
    const wanted = new URLSearchParams(window.location.search).get("step");
    void navigate({ pathname: `/campaigns/${id}/edit`, search: `?step=${isStep(wanted) ? wanted : steps[0]}` }, { replace: true, preventScrollReset: true });
  }, [id, navigate, onMade]);
}

function Leaving({ used }: { used: UsedDraft }) {
  const { t } = useTranslation("campaign-edit");
  const { asks, leave, stay } = useLeaving(used);
  return (
    <ConfirmDanger open={asks} title={t("leaving.title")} confirm={t("leaving.leave")} onConfirm={leave} onCancel={stay}>
      {t("leaving.text")}
    </ConfirmDanger>
  );
}

interface WizardProps {
  /* Null: a new one. */
  campaign: Campaign | null;
  /* What a new one begins with. */
  first?: Partial<Draft>;
  onMade: (id: string) => void;
}

/* `?list=3` begins a campaign to this list: the link behind an import. */
function useFirstDraft(first: Partial<Draft>): Draft {
  const [search] = useSearchParams();
  const list = search.get("list");
  const proposedName = useProposedName();
  return { ...emptyDraft, name: proposedName(null), list_id: list !== null && /^\d{1,19}$/.test(list) ? list : null, ...first };
}

export function Wizard({ campaign, first = {}, onMade }: WizardProps) {
  const { t } = useTranslation("campaign-edit");
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const used = useDraft(campaign, useFirstDraft(first));
  const { saver, snapshot, wrongs } = used;
  const { draft, id } = snapshot;
  const [openedAs] = useState(campaign?.id ?? null);
  const [resumeAt] = useState(() => (campaign === null ? "whom" : stepToResume(draft)));
  const { step, go } = useStep(resumeAt);
  useOwnAddress(id, openedAs, onMade);

  /* Steps somebody has tried to leave say what is missing; the others do not scold yet. */
  const [tried, setTried] = useState<ReadonlySet<Step>>(() => new Set(campaign === null ? [] : steps));
  const proposedName = useProposedName();
  const lists = useLists().data;

  const leaveStep = (to: Step) => {
    setTried(new Set([...tried, step]));
    // Who goes on has decided: that is worth a draft.
    if (id === null) saver.edit({ name: draft.name });
    go(to);
  };
  const next = () => {
    const isWrong = Object.keys(wrongs).some((field) => stepOf(field) === step);
    const to = steps[steps.indexOf(step) + 1];
    setTried(new Set([...tried, step]));
    if (isWrong || to === undefined) return false;
    leaveStep(to);
    return true;
  };
  const chooseList = (listId: string | null) => {
    const nameOf = (wanted: string | null) => proposedName(lists?.find((list) => list.id === wanted)?.name ?? null);
    const isProposed = draft.name === nameOf(draft.list_id) || draft.name === proposedName(null);
    saver.edit({ list_id: listId, ...(isProposed ? { name: nameOf(listId) } : {}) });
  };
  const onLaunched = (launched: Campaign) => {
    saver.close();
    queryClient.setQueryData(keys.campaign(launched.id), launched);
    void queryClient.invalidateQueries({ queryKey: keys.campaigns });
    void navigate(`/campaigns/${launched.id}`);
  };

  const shown = tried.has(step) ? wrongs : {};
  return (
    <Page
      title={<span className={styles.name}>{draft.name.trim() === "" ? t("title") : draft.name}</span>}
      tabTitle={t("title")}
      tag={<StatusTag status="draft" />}
      lead={
        <span className={styles.state}>
          <SaveState saver={saver} snapshot={snapshot} />
          {id !== null && snapshot.phase !== "gone" && <DeleteDraft saver={saver} id={id} name={draft.name} />}
        </span>
      }
    >
      {snapshot.phase === "gone" && <Gone saver={saver} snapshot={snapshot} />}
      <StepBar step={step} wrongs={wrongs} tried={tried} onStep={leaveStep} />
      {step === "whom" && <WhomStep draft={draft} wrongs={shown} lists={lists} onList={chooseList} onName={(name) => saver.edit({ name })} />}
      {step === "what" && <WhatStep used={used} wrongs={shown} />}
      {step === "when" && <WhenStep used={used} wrongs={shown} />}
      {step === "check" ? <CheckStep used={used} onStep={go} onLaunched={onLaunched} /> : <StepFoot step={step} onStep={leaveStep} onNext={next} />}
      <Leaving used={used} />
    </Page>
  );
}
