/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import type { Answer } from "@/api/client";
import type { Column } from "@/shared/ui/DataTable";
import { PageLink } from "@/shared/ui/PageLink";
import { Missing, Phone, Time } from "@/shared/ui/values";
import { useGroupName } from "./Reasons";
import styles from "./Campaign.module.css";

type Person = Answer<"/v1/campaigns/{id}/missed", "get">["missed"][number];

function Client({ person }: { person: Person }) {
  const { t } = useTranslation("campaign");
  // Erased since: nothing of him is left but the number.
  if (person.client === "") return <span className={styles.detail}>{t("missed.erased")}</span>;
  return <PageLink to={`/clients/${person.client_id}`}>{person.client}</PageLink>;
}

function Why({ person }: { person: Person }) {
  const { t } = useTranslation("campaign");
  const groupName = useGroupName();
  return (
    <>
      {groupName(person)}
      {person.error !== null && <div className={styles.detail}>{t("missed.error", { error: person.error })}</div>}
    </>
  );
}

function History({ person }: { person: Person }) {
  const { t } = useTranslation("campaign");
  if (person.message_id === null) return <Missing />;
  return (
    <PageLink to={`/messages/${person.message_id}`} aria-label={t("missed.history_of", { client: person.client })}>
      {t("missed.history")}
    </PageLink>
  );
}

export function useMissedColumns(): readonly Column<Person>[] {
  const { t } = useTranslation("campaign");
  return [
    { key: "client", title: t("missed.client"), render: (person) => <Client person={person} />, card: "title", width: "20%" },
    { key: "phone", title: t("missed.phone"), render: ({ phone }) => <Phone value={phone} />, width: 160 },
    { key: "why", title: t("missed.why"), render: (person) => <Why person={person} />, width: "28%" },
    { key: "at", title: t("missed.at"), render: ({ at }) => <Time value={at} />, width: 120 },
    { key: "history", title: t("missed.message"), render: (person) => <History person={person} />, width: 112 },
  ];
}
