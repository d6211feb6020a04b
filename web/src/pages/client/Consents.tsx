/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the client agreed to, as it holds now, with what proves it; the ledger of all that was said; and the buttons by
 * which a person enters a consent or a withdrawal. */
import Tag from "antd/es/tag";
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PanelSection } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Time } from "@/shared/ui/values";
import { ConsentFacts } from "./ConsentFacts";
import { GiveConsent } from "./GiveConsent";
import { Withdraw } from "./Withdraw";
import { eventLooks, stateLooks } from "./consent-looks";
import { useConsents, type Consent, type ConsentEvent, type Consents as All } from "./useConsents";
import styles from "./Client.module.css";

function State({ consent: { state, since, expires_at } }: { consent: Consent }) {
  const { t } = useTranslation("client");
  return (
    <>
      <Tag color={stateLooks[state].color} icon={stateLooks[state].icon} className={styles.tag ?? ""}>
        {t(`consents.state.${state}`)}
      </Tag>
      <p className={styles.quiet}>
        {t("consents.since")} <Time value={since} />
        {expires_at !== null && (
          <>
            , {t("consents.until")} <Time value={expires_at} />
          </>
        )}
      </p>
    </>
  );
}

interface NamesProps {
  /* A purpose by its code. */
  nameOf: (code: string) => string;
}

function Current({ id, phone, all, nameOf }: { id: string; phone: string | null; all: All } & NamesProps) {
  const { t } = useTranslation("client");
  const mayEdit = useRight("consents.edit") && phone !== null;
  if (all.current.length === 0) return <p className={styles.quiet}>{t("consents.none")}</p>;
  return (
    <ul className={styles.consents}>
      {all.current.map((consent) => {
        const event = all.events.find((one) => one.id === consent.event_id);
        const name = nameOf(consent.purpose);
        return (
          <li key={`${consent.purpose} ${consent.event_id}`} className={styles.consent}>
            <p className={styles.purpose}>{name}</p>
            <State consent={consent} />
            {event !== undefined && <ConsentFacts event={event} />}
            {mayEdit && consent.state !== "withdrawn" && <Withdraw id={id} phone={phone} purpose={consent.purpose} name={name} />}
          </li>
        );
      })}
    </ul>
  );
}

function Event({ event, nameOf }: { event: ConsentEvent } & NamesProps) {
  const { t } = useTranslation("client");
  const look = eventLooks[event.kind];
  return (
    <li className={styles.consent}>
      <p className={styles.quiet}>
        <Time value={event.at} />
      </p>
      <p className={styles.purpose}>{nameOf(event.purpose)}</p>
      <Tag color={look.color} icon={look.icon} className={styles.tag ?? ""}>
        {t(`consents.event.${event.kind}`)}
      </Tag>
      <ConsentFacts event={event} />
    </li>
  );
}

function Ledger({ all, nameOf }: { all: All } & NamesProps) {
  const { t } = useTranslation("client");
  if (all.events.length === 0) return null;
  return (
    <details>
      <summary className={styles.summary}>{t("consents.ledger")}</summary>
      <ol className={styles.ledger}>
        {all.events.map((event) => (
          <Event key={event.id} event={event} nameOf={nameOf} />
        ))}
      </ol>
      {all.more !== undefined && (
        <Button size="small" loading={all.loadingMore} onClick={all.more}>
          {t("actions.more", { ns: "common" })}
        </Button>
      )}
    </details>
  );
}

function Content({ id, phone }: { id: string; phone: string | null }) {
  const { all, purposes, error, again } = useConsents(id);
  const mayEdit = useRight("consents.edit");
  if (all === undefined || purposes === undefined) return error === null ? <Skeleton rows={3} /> : <ErrorView error={error} onAgain={again} inline />;
  const nameOf = (code: string) => purposes.find((purpose) => purpose.code === code)?.name ?? code;
  return (
    <>
      <Current id={id} phone={phone} all={all} nameOf={nameOf} />
      {mayEdit && phone !== null && <GiveConsent id={id} phone={phone} purposes={purposes} />}
      <Ledger all={all} nameOf={nameOf} />
    </>
  );
}

/* Nothing for who may not see it. `phone` is null for who sees it masked. */
export function Consents({ id, phone }: { id: string; phone: string | null }) {
  const { t } = useTranslation("client");
  if (!useRight("consents.read")) return null;
  return (
    <PanelSection title={t("consents.title")} className={styles.stack}>
      <Content id={id} phone={phone} />
    </PanelSection>
  );
}
