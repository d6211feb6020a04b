/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Check: everything launching would do, before it is done. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Campaign } from "@/api/types";
import { PhonePicture, usePicked } from "@/features/message-text/PhonePicture";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { CheckFigures } from "./CheckFigures";
import { Estimate } from "./Estimate";
import { Launch, Refused } from "./Launch";
import { Known } from "./Known";
import { LeftOut } from "./LeftOut";
import { Question } from "./Question";
import { Remarks, useProblems, warningsOf } from "./Remarks";
import { Summary } from "./Summary";
import type { Step } from "./draft";
import { withEstimate } from "./estimate";
import { useCheck, type Check } from "./queries";
import type { UsedDraft } from "./useDraft";
import { useEstimate } from "./useEstimate";
import styles from "./CheckStep.module.css";

type GoTo = (step: Step) => void;

function Result({ used, check: sampled, onStep }: { used: UsedDraft; check: Check; onStep: GoTo }) {
  const { t } = useTranslation("campaign-edit");
  const estimate = useEstimate(used.snapshot.id, used.snapshot.revision);
  const check = withEstimate(sampled, estimate.estimate);
  const picked = usePicked(check.samples);
  return (
    <div className={styles.columns}>
      <div className={styles.main}>
        <CheckFigures spelling={used.snapshot.draft.spelling} check={check} />
        <LeftOut check={check} />
        <Known check={check} />
        <Estimate used={estimate} isExact={sampled.exact} />
        <Summary draft={used.snapshot.draft} check={check} onStep={onStep} />
      </div>
      <aside className={styles.aside} aria-label={t("what.aside")}>
        <PhonePicture picked={picked} sender={used.snapshot.draft.sender} empty={t("check.no_samples")} />
      </aside>
    </div>
  );
}

function CheckSkeleton() {
  const { t } = useTranslation("campaign-edit");
  return (
    <div className={styles.columns} role="status" aria-label={t("check.counting")}>
      <div className={styles.main}>
        <Panel>
          <Skeleton rows={3} />
        </Panel>
        <Panel>
          <Skeleton rows={5} />
        </Panel>
      </div>
      <aside className={styles.aside}>
        <div className={styles.phoneRoom} />
      </aside>
    </div>
  );
}

export function CheckStep({ used, onStep, onLaunched }: { used: UsedDraft; onStep: GoTo; onLaunched: (campaign: Campaign) => void }) {
  const { t } = useTranslation("campaign-edit");
  const { saver, snapshot } = used;
  const { id, revision, isDirty } = snapshot;
  // What is to be checked has to be on the server, a draft nobody has changed yet, too.
  useEffect(() => {
    const { id: known, draft } = saver.getSnapshot();
    if (known === null) saver.edit({ name: draft.name });
    void saver.flush();
  }, [saver]);
  const isSaved = !isDirty || snapshot.phase === "held";
  const query = useCheck(id, revision, isSaved);
  const [refusal, setRefusal] = useState<{ error: unknown; recipients: number } | null>(null);

  const check = query.data;
  const problems = useProblems(used, check);
  const isFresh = check !== undefined && !query.isPlaceholderData && !query.isFetching;
  const isCounting = check === undefined && query.error === null && (id !== null || snapshot.phase === "saving");
  const onChanged = (error: unknown, recipients: number) => {
    setRefusal({ error, recipients });
    void query.refetch();
  };
  return (
    <Question title={t("check.title")}>
      {refusal !== null && <Refused error={refusal.error} before={refusal.recipients} now={isFresh ? check.recipients : undefined} />}
      <Remarks kind="error" title={t("check.problems")} remarks={problems} onStep={onStep} />
      <Remarks kind="warning" title={t("check.warnings")} remarks={warningsOf(check)} onStep={onStep} />
      {query.error !== null && <ErrorView error={query.error} onAgain={() => void query.refetch()} inline />}
      {isCounting && <CheckSkeleton />}
      {check !== undefined && <Result used={used} check={check} onStep={onStep} />}
      <Launch used={used} check={check} isReady={isFresh && !isDirty && problems.length === 0 && check.recipients > 0} onBack={() => onStep("when")} onChanged={onChanged} onLaunched={onLaunched} />
    </Question>
  );
}
