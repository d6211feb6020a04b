/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The button that launches, the question before it, and what a launch was refused for. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { Campaign } from "@/api/types";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDuration, formatMoney, formatNumber, formatTime } from "@/shared/lib/format";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Foot } from "./StepFoot";
import type { Check } from "./queries";
import type { UsedDraft } from "./useDraft";
import styles from "./CheckStep.module.css";

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
  onBack: () => void;
  onChanged: (error: unknown, recipients: number) => void;
  onLaunched: (campaign: Campaign) => void;
}

export function Launch({ used, check, isReady, onBack, onChanged, onLaunched }: LaunchProps) {
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
    <Foot back={onBack}>
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

/* What a launch was refused for, while it is of interest. */
export function Refused({ error, before, now }: { error: unknown; before: number; now: number | undefined }) {
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
