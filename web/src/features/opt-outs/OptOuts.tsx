/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether a number may be written to, and the buttons that change it: a client who calls is served in two
 * clicks. */
import Button from "antd/es/button";
import message from "antd/es/message";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { formatPhone } from "@/shared/lib/format";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PanelSection } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Time } from "@/shared/ui/values";
import { deedsFor, type Deed } from "./deeds";
import { useChangeOptOut, useOptOut, type OptOut, type Wish } from "./useOptOut";
import styles from "./OptOuts.module.css";

function State({ optOut }: { optOut: OptOut | null }) {
  const { t } = useTranslation("opt-outs");
  if (optOut === null) return <p>{t("state.none")}</p>;
  return (
    <div>
      <p className={styles.stopped}>{t(`state.${optOut.scope}`)}</p>
      <p className={styles.since}>
        {t("state.since")} <Time value={optOut.at} />
      </p>
      <p className={styles.since}>{t("state.lift")}</p>
    </div>
  );
}

function Deeds({ phone, optOut }: { phone: string; optOut: OptOut | null }) {
  const { t } = useTranslation("opt-outs");
  const [toast, toasts] = message.useMessage();
  const [asked, setAsked] = useState<Deed | null>(null);
  // Stays while the question closes, so that its words do not change under the reader's eyes.
  const [shown, setShown] = useState<Deed | null>(null);
  const change = useChangeOptOut(phone, () => {
    setAsked(null);
    if (shown !== null) void toast.success(t(`deed.${shown.name}.done`));
  });
  const ask = (deed: Deed) => {
    change.reset();
    setAsked(deed);
    setShown(deed);
  };
  return (
    <div className={styles.deeds}>
      {toasts}
      {deedsFor(optOut?.scope ?? null).map((deed, place) => (
        // By place: the button that was pressed is still there, with its next word, and keeps the focus.
        <Button key={place} onClick={() => ask(deed)}>
          {t(`deed.${deed.name}.button`)}
        </Button>
      ))}
      {shown !== null && (
        <ConfirmDanger
          open={asked !== null}
          title={t(`deed.${shown.name}.title`, { phone: formatPhone(phone) })}
          confirm={t(`deed.${shown.name}.button`)}
          danger={shown.name === "stop_all"}
          busy={change.isPending}
          onConfirm={() => change.mutate(shown.wish)}
          onCancel={() => setAsked(null)}
        >
          <p>{t(`deed.${shown.name}.text`)}</p>
          {change.error !== null && <ErrorView error={change.error} inline />}
        </ConfirmDanger>
      )}
    </div>
  );
}

function Content({ phone }: { phone: string }) {
  const mayChange = useRight("opt_outs.edit");
  const { data, error, refetch } = useOptOut(phone);
  if (data === undefined) {
    return error === null ? <Skeleton rows={2} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />;
  }
  return (
    <>
      <State optOut={data} />
      {mayChange && <Deeds key={phone} phone={phone} optOut={data} />}
    </>
  );
}

/* Nothing for who may not see it. */
export function OptOuts({ phone }: { phone: string }) {
  const { t } = useTranslation("opt-outs");
  if (!useRight("opt_outs.read")) return null;
  return (
    <PanelSection title={t("title")} className={styles.panel}>
      <Content phone={phone} />
    </PanelSection>
  );
}

/* The same for who sees the number masked: what is known without it. */
export function MaskedOptOuts({ scope }: { scope: Wish }) {
  const { t } = useTranslation("opt-outs");
  return (
    <PanelSection title={t("title")}>
      <p className={scope === null ? "" : styles.stopped}>{t(`state.${scope ?? "none"}`)}</p>
    </PanelSection>
  );
}
