/* SPDX-License-Identifier: AGPL-3.0-or-later */
import MessageOutlined from "@ant-design/icons/es/icons/MessageOutlined";
import { useTranslation } from "react-i18next";
import { LeftOut } from "@/features/left-out/LeftOut";
import { MessageList } from "@/features/message-list/MessageList";
import { useMessagesTo } from "@/features/message-list/useMessagesTo";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Section } from "@/shared/ui/Page";
import type { FullClient } from "./About";

/* Why a client got nothing is the question this page is opened with most. */
function Nothing({ client }: { client: FullClient }) {
  const { t } = useTranslation("client");
  return (
    <EmptyState icon={<MessageOutlined />} title={t("nothing.title")} action={<ButtonLink to="/campaigns">{t("nothing.campaigns")}</ButtonLink>}>
      {client.opt_out === null ? t("nothing.text") : t(`nothing.opted_out_${client.opt_out}`)}
    </EmptyState>
  );
}

export function Messages({ client }: { client: FullClient }) {
  const { t } = useTranslation("client");
  const messages = useMessagesTo(client.phone);
  return (
    <>
      <Section title={t("messages")}>
        <MessageList messages={messages} empty={<Nothing client={client} />} />
      </Section>
      <LeftOut phone={client.phone} />
    </>
  );
}
