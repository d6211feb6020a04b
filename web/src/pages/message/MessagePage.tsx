/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One message: what was sent, what became of it, and everything that happened in between. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Message } from "@/api/types";
import { useFate } from "@/features/message-list/useFate";
import { isUnderWay } from "@/features/message-list/useMessagesTo";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page, Panel, Section } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { MessageStateTag } from "@/shared/ui/StatusTag";
import { About } from "./About";
import { History } from "./History";
import styles from "./Message.module.css";

const lookAgainMs = 3_000;

function useMessage(id: string) {
  return useQuery({
    queryKey: keys.message(id),
    queryFn: ({ signal }) => api.get("/v1/messages/{id}", { path: { id }, signal }),
    refetchInterval: ({ state }) => (state.data !== undefined && isUnderWay(state.data) ? lookAgainMs : false),
  });
}

function Content({ message, asOf }: { message: Message; asOf: number }) {
  const { t } = useTranslation("message");
  const fate = useFate()(message);
  return (
    <Page title={t("title")} tag={<MessageStateTag state={message.state} />} lead={fate} back={{ to: "/messages", label: t("back") }}>
      <div className={styles.columns}>
        <div className={styles.main}>
          {message.text !== undefined && (
            <Section title={t("text")}>
              <Panel>
                <p className={styles.text}>{message.text}</p>
              </Panel>
            </Section>
          )}
          <Section title={t("history")}>
            <Panel>
              <History message={message} asOf={asOf} />
            </Panel>
          </Section>
        </div>
        <About message={message} />
      </div>
    </Page>
  );
}

export default function MessagePage() {
  const { id = "" } = useParams();
  const { data, dataUpdatedAt, error, refetch } = useMessage(id);
  if (data !== undefined) return <Content message={data} asOf={dataUpdatedAt} />;
  return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
}
