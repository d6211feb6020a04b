/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* To whom, from whom, for how much. Of a message that waits or was left out little is known: what is not
 * known is not shown. */
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Message } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { givePhone } from "@/shared/lib/given-phone";
import { wholePhone } from "@/shared/lib/phone";
import { Facts, type Fact } from "@/shared/ui/Facts";
import { Panel, Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Money, Num, Phone, Time } from "@/shared/ui/values";
import styles from "./Message.module.css";

function Campaign({ message }: { message: Message }) {
  const { t } = useTranslation("message");
  const mayOpen = useRight("campaigns.read");
  if (typeof message.campaign_id !== "string") return t("single");
  const name = message.campaign_name ?? "";
  return mayOpen ? <PageLink to={`/campaigns/${message.campaign_id}`}>{name}</PageLink> : name;
}

function useFacts(message: Message): Fact[] {
  const { t } = useTranslation("message");
  const { to, sender, category, account, parts = 0, parts_delivered = 0, price, created_at, deadline } = message;
  return [
    to !== undefined && { label: t("to"), value: <Phone value={to} /> },
    sender !== undefined && { label: t("sender"), value: sender },
    to !== undefined && { label: t("campaign"), value: <Campaign message={message} /> },
    category !== undefined && { label: t("category"), value: t(`message_category.${category}`, { ns: "common" }) },
    typeof account === "string" && { label: t("account"), value: account },
    parts > 0 && { label: t("parts"), value: parts > 1 && parts_delivered > 0 ? t("parts_delivered", { delivered: parts_delivered, parts }) : <Num value={parts} /> },
    price !== undefined && { label: t("price"), value: <Money value={price} /> },
    { label: t("created"), value: <Time value={created_at} /> },
    deadline !== undefined && { label: t("deadline"), value: <Time value={deadline} /> },
  ].filter((fact) => fact !== false);
}

function ToOthers({ message }: { message: Message }) {
  const { t } = useTranslation("message");
  const navigate = useNavigate();
  const mayOpenClient = useRight("clients.read");
  const { to, client_id } = message;
  if (to === undefined) return null;
  const phone = wholePhone(to);
  const showAll = (whole: string) => {
    givePhone(whole);
    void navigate("/messages");
  };
  return (
    <div className={styles.others}>
      {phone !== null && <Button onClick={() => showAll(phone)}>{t("all_to_number")}</Button>}
      {typeof client_id === "string" && mayOpenClient && <PageLink to={`/clients/${client_id}`}>{t("client")}</PageLink>}
    </div>
  );
}

function Technical({ message }: { message: Message }) {
  const { t } = useTranslation("message");
  const { id, encoding, run_id, attempt } = message;
  const message_class = message.class;
  const facts: Fact[] = [
    { label: t("technical.id"), value: id },
    message_class !== undefined && { label: t("technical.class"), value: message_class },
    encoding !== undefined && { label: t("technical.encoding"), value: encoding === "gsm7" ? "GSM-7" : "UCS-2" },
    attempt !== undefined && { label: t("technical.attempt"), value: <Num value={attempt} /> },
    typeof run_id === "string" && { label: t("technical.run"), value: run_id },
  ].filter((fact) => fact !== false);
  return (
    <details className={styles.details}>
      <summary>{t("details")}</summary>
      <Facts facts={facts} />
    </details>
  );
}

export function About({ message }: { message: Message }) {
  const { t } = useTranslation("message");
  return (
    <Section title={t("about")}>
      <Panel className={styles.about ?? ""}>
        <Facts facts={useFacts(message)} />
        <ToOthers message={message} />
        <Technical message={message} />
      </Panel>
    </Section>
  );
}
