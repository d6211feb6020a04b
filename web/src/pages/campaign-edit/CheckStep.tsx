/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Check: everything launching would do, before it is done. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { Campaign } from "@/api/types";
import { PhonePicture, usePicked } from "@/features/message-text/PhonePicture";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDuration, formatMoney, formatNumber, formatTime } from "@/shared/lib/format";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Figures } from "@/shared/ui/Figures";
import { Panel, Section } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Duration, Money, Num, Time } from "@/shared/ui/values";
import { LeftOut } from "./LeftOut";
import { Question } from "./Question";
import { Foot } from "./StepFoot";
import { stepOf, type Draft, type Field, type Step } from "./draft";
import { useCheck, useLists, type Check } from "./queries";
import type { UsedDraft } from "./useDraft";
import styles from "./CheckStep.module.css";

type GoTo = (step: Step) => void;

/* --- what forbids launching, what should be known --- */

interface Remark {
  message: string;
  step: Step | undefined;
}

function Remarks({ kind, title, remarks, onStep }: { kind: "error" | "warning"; title: string; remarks: readonly Remark[]; onStep: GoTo }) {
  const { t } = useTranslation("campaign-edit");
  if (remarks.length === 0) return null;
  return (
    <Alert
      type={kind}
      showIcon
      title={title}
      description={
        <ul className={styles.remarks}>
          {remarks.map(({ message, step }, i) => (
            <li key={i}>
              <span>{message}</span>
              {step !== undefined && (
                <Button size="small" onClick={() => onStep(step)}>
                  {t("check.to_step", { step: t(`steps.${step}`) })}
                </Button>
              )}
            </li>
          ))}
        </ul>
      }
    />
  );
}

/* What the page knows itself comes first: the server sees only what could be saved. */
function useProblems(used: UsedDraft, check: Check | undefined): Remark[] {
  const { t } = useTranslation("campaign-edit");
  const own = (Object.keys(used.wrongs) as Field[]).flatMap((field) => {
    const wrong = used.wrongs[field];
    return wrong === undefined ? [] : [{ field, message: t(`wrong.${wrong}`) }];
  });
  const told = (check?.problems ?? []).filter(({ field }) => !own.some((problem) => problem.field === field));
  return [...own, ...told].map(({ field, message }) => ({ message, step: stepOf(field) }));
}

const stepOfWarning: Partial<Record<Check["warnings"][number]["kind"], Step>> = { night: "when", late: "when", expensive_character: "what" };

/* --- the figures --- */

function useFigures(check: Check) {
  const { t } = useTranslation("campaign-edit");
  const about = check.exact ? "" : "≈ ";
  const figure = (label: string, value: ReactNode, note?: ReactNode) => ({ label, value, ...(note === undefined ? {} : { note }) });
  return [
    figure(
      t("check.recipients"),
      <>
        {about}
        <Num value={check.recipients} />
      </>,
      <>{t("check.of_clients", { count: check.clients })}</>,
    ),
    figure(
      t("check.parts"),
      <>
        {about}
        <Num value={check.parts} />
      </>,
      check.parts_per_message === null ? undefined : (
        <>
          <Num value={check.parts_per_message} decimals={Number.isInteger(check.parts_per_message) ? 0 : 2} /> {t("check.per_message")}
        </>
      ),
    ),
    figure(
      t("check.cost"),
      <>
        {about}
        <Money value={check.cost} />
      </>,
    ),
    figure(
      t("check.duration"),
      check.duration_s === null ? (
        "—"
      ) : (
        <>
          {about}
          <Duration seconds={Math.max(1, check.duration_s)} />
        </>
      ),
      check.ends_at === null ? (
        t("check.end_unknown")
      ) : (
        <>
          {t("check.ends")} <Time value={check.ends_at} />
        </>
      ),
    ),
  ];
}

function Summary({ draft, check, onStep }: { draft: Draft; check: Check; onStep: GoTo }) {
  const { t } = useTranslation("campaign-edit");
  const lists = useLists().data;
  const list = draft.list_id === null ? t("whom.all") : (lists?.find(({ id }) => id === draft.list_id)?.name ?? "…");
  const rows: { step: Step; value: ReactNode }[] = [
    { step: "whom", value: list },
    { step: "what", value: [draft.sender, t(`kind.${draft.category}`)].filter((part) => part !== "").join(" · ") },
    { step: "when", value: draft.start_at === null ? t("when.now") : <Time value={check.starts_at} /> },
  ];
  return (
    <dl className={styles.summary}>
      {rows.map(({ step, value }) => (
        <div key={step} className={styles.row}>
          <dt>{t(`steps.${step}`)}</dt>
          <dd>{value}</dd>
          <dd>
            <Button type="link" size="small" aria-label={t("check.change_step", { step: t(`steps.${step}`) })} onClick={() => onStep(step)}>
              {t("check.change")}
            </Button>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Result({ used, check, onStep }: { used: UsedDraft; check: Check; onStep: GoTo }) {
  const { t } = useTranslation("campaign-edit");
  const picked = usePicked(check.samples);
  return (
    <div className={styles.columns}>
      <div className={styles.main}>
        <Panel className={styles.figures ?? ""}>
          <Figures figures={useFigures(check)} />
          {!check.exact && <p className={styles.note}>{t("check.estimate")}</p>}
        </Panel>
        <LeftOut check={check} />
        <Section title={t("check.settings")}>
          <Panel className={styles.summaryPanel ?? ""}>
            <Summary draft={used.snapshot.draft} check={check} onStep={onStep} />
          </Panel>
        </Section>
      </div>
      <aside className={styles.aside} aria-label={t("what.aside")}>
        <PhonePicture picked={picked} sender={used.snapshot.draft.sender} empty={t("check.no_samples")} />
      </aside>
    </div>
  );
}

/* --- launching --- */

/* What it comes to, in a sentence. */
function useMeaning(): (check: Check) => string {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  return (check) =>
    t("launch.text", {
      parts: t("parts", { ns: "common", count: check.parts }),
      cost: formatMoney(check.cost, language),
      duration: check.duration_s === null ? t("launch.duration_unknown") : formatDuration(Math.max(1, check.duration_s), language),
    });
}

interface LaunchProps {
  used: UsedDraft;
  check: Check | undefined;
  isReady: boolean;
  onStep: GoTo;
  onChanged: (error: unknown, recipients: number) => void;
  onLaunched: (campaign: Campaign) => void;
}

function Launch({ used, check, isReady, onStep, onChanged, onLaunched }: LaunchProps) {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  const meaning = useMeaning();
  const mayLaunch = useRight("campaigns.launch");
  const [asks, setAsks] = useState(false);
  // The figures that are confirmed stay as they were read, whatever is counted meanwhile.
  const [seen, setSeen] = useState<Check>();
  const { id, draft } = used.snapshot;
  const launch = useMutation({
    mutationFn: (recipients: number) => api.post("/v1/campaigns/{id}/launch", { path: { id: id ?? "" }, body: { recipients } }),
    onSuccess: onLaunched,
    onError: (error, recipients) => {
      // A lost connection is tried again from here; what is no longer true is looked at first.
      if (asProblem(error).status === 0) return;
      setAsks(false);
      onChanged(error, recipients);
    },
  });
  const isLater = draft.start_at !== null;
  return (
    <Foot back={() => onStep("when")}>
      {mayLaunch ? (
        <Button
          type="primary"
          size="large"
          disabled={!isReady}
          onClick={() => {
            setSeen(check);
            launch.reset();
            setAsks(true);
          }}
        >
          {isLater ? t("launch.plan") : t("launch.button")}
        </Button>
      ) : (
        <p className={styles.note}>{t("launch.no_right")}</p>
      )}
      {seen !== undefined && (
        <ConfirmDanger
          open={asks}
          title={isLater ? t("launch.title_later", { count: seen.recipients, time: formatTime(seen.starts_at, language) }) : t("launch.title", { count: seen.recipients })}
          number={seen.recipients}
          confirm={isLater ? t("launch.confirm_later") : t("launch.confirm")}
          busy={launch.isPending}
          onConfirm={() => launch.mutate(seen.recipients)}
          onCancel={() => setAsks(false)}
        >
          <p>{meaning(seen)}</p>
          {launch.error !== null && <ErrorView error={launch.error} inline />}
        </ConfirmDanger>
      )}
    </Foot>
  );
}

/* --- the step --- */

/* What a launch was refused for, while it is of interest. */
function Refused({ error, before, now }: { error: unknown; before: number; now: number | undefined }) {
  const { t } = useTranslation("campaign-edit");
  const language = useLanguage();
  if (asProblem(error).kind !== "audience-changed") return <ErrorView error={error} inline />;
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      title={t("launch.changed")}
      description={now === undefined ? t("launch.changed_counting") : t("launch.changed_text", { before: formatNumber(before, language), now: formatNumber(now, language) })}
    />
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
  const warnings = (check?.warnings ?? []).map(({ kind, message }) => ({ message, step: stepOfWarning[kind] }));
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
      <Remarks kind="warning" title={t("check.warnings")} remarks={warnings} onStep={onStep} />
      {query.error !== null && <ErrorView error={query.error} onAgain={() => void query.refetch()} inline />}
      {isCounting && <CheckSkeleton />}
      {check !== undefined && <Result used={used} check={check} onStep={onStep} />}
      <Launch used={used} check={check} isReady={isFresh && !isDirty && problems.length === 0 && check.recipients > 0} onStep={onStep} onChanged={onChanged} onLaunched={onLaunched} />
    </Question>
  );
}
