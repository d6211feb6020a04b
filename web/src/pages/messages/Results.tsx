/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { LeftOut } from "@/features/left-out/LeftOut";
import { MessageList } from "@/features/message-list/MessageList";
import type { useMessagesTo } from "@/features/message-list/useMessagesTo";
import { OptOuts } from "@/features/opt-outs/OptOuts";
import { formatPhone } from "@/shared/lib/format";
import { EmptyState } from "@/shared/ui/EmptyState";
import { Section } from "@/shared/ui/Page";
import { SideBySide } from "@/shared/ui/SideBySide";
import { Owner } from "./Owner";
import styles from "./Messages.module.css";

function Nothing() {
  const { t } = useTranslation("messages");
  return (
    <div className={styles.nothing}>
      <EmptyState title={t("nothing.title")}>{t("nothing.text")}</EmptyState>
      <ul className={styles.reasons}>
        <li>{t("nothing.typo")}</li>
        <li>{t("nothing.other_number")}</li>
        <li>{t("nothing.left_out")}</li>
        <li>{t("nothing.old")}</li>
      </ul>
    </div>
  );
}

export function Results({ phone, messages }: { phone: string; messages: ReturnType<typeof useMessagesTo> }) {
  const { t } = useTranslation("messages");
  return (
    <SideBySide
      asideClass={styles.aside}
      aside={
        <>
          <Owner phone={phone} />
          <OptOuts phone={phone} />
        </>
      }
    >
      <Section title={t("messages_to", { phone: formatPhone(phone) })}>
        <MessageList messages={messages} empty={<Nothing />} />
      </Section>
      <LeftOut phone={phone} />
    </SideBySide>
  );
}
