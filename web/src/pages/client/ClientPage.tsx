/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything about one client: who it is, what may be sent, what was sent and what became of it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { clientName } from "@/features/client-name/name";
import { OptOutTag } from "@/features/opt-outs/OptOutTag";
import { OptOuts } from "@/features/opt-outs/OptOuts";
import { wholePhone } from "@/shared/lib/phone";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { SideBySide } from "@/shared/ui/SideBySide";
import { Attributes, Lists, Person, Profile, type FullClient } from "./About";
import { Consents } from "./Consents";
import { Timeline } from "./Timeline";

function Card({ client }: { client: FullClient }) {
  const { t } = useTranslation("client");
  const name = clientName(client);
  const phone = wholePhone(client.phone);
  return (
    <Page
      title={name === "" ? t("unnamed") : name}
      tabTitle={t("title")}
      tag={<OptOutTag scope={client.opt_out} />}
      back={{ to: "/clients", label: t("back") }}
    >
      <SideBySide
        aside={
          <>
            <Person client={client} />
            {phone !== null && <OptOuts phone={phone} />}
            <Consents id={client.id} />
            <Profile client={client} />
            <Lists lists={client.lists} />
            <Attributes attributes={client.attributes} />
          </>
        }
      >
        <Timeline client={client} />
      </SideBySide>
    </Page>
  );
}

export default function ClientPage() {
  const { id = "" } = useParams();
  const { data, error, refetch } = useQuery({ queryKey: keys.client(id), queryFn: ({ signal }) => api.get("/v1/clients/{id}", { path: { id }, signal }) });
  if (data !== undefined) return <Card key={id} client={data} />;
  return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
}
