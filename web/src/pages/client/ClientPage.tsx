/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything about one client: who it is, what may be sent, what was sent and what became of it. */
import Alert from "antd/es/alert";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { clientName } from "@/features/client-name/name";
import { OptOutTag } from "@/features/opt-outs/OptOutTag";
import { MaskedOptOuts, OptOuts } from "@/features/opt-outs/OptOuts";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatTime } from "@/shared/lib/format";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { SideBySide } from "@/shared/ui/SideBySide";
import { Attributes, Lists, Person, Profile, Tags, type FullClient } from "./About";
import { Block, Blocked } from "./Block";
import { Consents } from "./Consents";
import { Phones } from "./Phones";
import { Reveal } from "./Reveal";
import { Timeline } from "./Timeline";
import { useConsentsThere } from "./useConsents";

/* Sources have the client no longer: who asks why nothing comes finds it here. */
function Gone({ since }: { since: string }) {
  const { t } = useTranslation("client");
  const language = useLanguage();
  return <Alert type="warning" showIcon title={t("gone.title", { time: formatTime(since, language) })} description={t("gone.text")} />;
}

interface CardProps {
  client: FullClient;
  /* Names and numbers are masked: the right to see them is missing, and no reason was given yet. */
  isMasked: boolean;
  onReveal: (client: FullClient) => void;
}

function Card({ client, isMasked, onReveal }: CardProps) {
  const { t } = useTranslation("client");
  const areConsentsThere = useConsentsThere(client.id, useRight("consents.read"));
  const name = clientName(client);
  const phone = isMasked ? null : client.phone;
  if (!areConsentsThere) return <PageSkeleton />;
  return (
    <Page
      title={name === "" ? t("unnamed") : name}
      tabTitle={t("title")}
      tag={<OptOutTag scope={client.opt_out} />}
      back={{ to: "/clients", label: t("back") }}
    >
      {isMasked && <Reveal client={client} onReveal={onReveal} />}
      {client.gone_at !== null && <Gone since={client.gone_at} />}
      <SideBySide
        aside={
          <>
            <Person client={client} />
            <Phones client={client} isMasked={isMasked} />
            {phone === null ? <MaskedOptOuts scope={client.opt_out} /> : <OptOuts phone={phone} />}
            <Consents id={client.id} phone={phone} />
            <Profile client={client} />
            <Tags tags={client.tags} />
            <Attributes attributes={client.attributes} />
            <Lists lists={client.lists} />
            <Block client={client} />
          </>
        }
      >
        <Timeline client={client} phone={phone} />
      </SideBySide>
    </Page>
  );
}

export default function ClientPage() {
  const { id = "" } = useParams();
  const maySee = useRight("personal.read");
  // In memory, for as long as the page is there: each look has its reason.
  const [revealed, setRevealed] = useState<FullClient | null>(null);
  const { data, error, refetch } = useQuery({ queryKey: keys.client(id), queryFn: ({ signal }) => api.get("/v1/clients/{id}", { path: { id }, signal }) });
  if (data === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  if (data.blocked_at !== null) return <Blocked client={data} since={data.blocked_at} />;
  const shown = revealed?.id === id ? revealed : null;
  return <Card key={id} client={shown ?? data} isMasked={!maySee && shown === null} onReveal={setRevealed} />;
}
