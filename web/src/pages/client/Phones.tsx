/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The client's numbers: which one is written to, when something last arrived, and what a person may change. */
import Button from "antd/es/button";
import Tag from "antd/es/tag";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { useRight } from "@/shared/hooks/useMe";
import { formatDay, formatPhone } from "@/shared/lib/format";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PanelSection } from "@/shared/ui/Page";
import { Phone, Time } from "@/shared/ui/values";
import { AddPhone } from "./AddPhone";
import type { FullClient } from "./About";
import { isOver } from "./phones";
import { usePhoneDeed } from "./usePhoneDeed";
import styles from "./Client.module.css";

type ClientPhone = FullClient["phones"][number];

function Signs({ phone }: { phone: ClientPhone }) {
  const { t } = useTranslation("client");
  return (
    <>
      {phone.preferred && (
        <Tag color="success" className={styles.tag ?? ""}>
          {t("phones.preferred")}
        </Tag>
      )}
      {phone.lost_at !== null && (
        <Tag color="warning" className={styles.tag ?? ""}>
          {t("phones.lost")}
        </Tag>
      )}
      {isOver(phone) && <Tag className={styles.tag ?? ""}>{t("phones.over")}</Tag>}
    </>
  );
}

function Validity({ phone: { valid_from, valid_to } }: { phone: ClientPhone }) {
  const { t } = useTranslation("client");
  const language = useLanguage();
  const day = (date: string) => formatDay(dayjs(date), language, dayjs());
  if (valid_from === null && valid_to === null) return null;
  return (
    <p className={styles.quiet}>
      {valid_from !== null && t("phones.from", { day: day(valid_from) })} {valid_to !== null && t("phones.to", { day: day(valid_to) })}
    </p>
  );
}

function OnePhone({ id, phone, mayChange }: { id: string; phone: ClientPhone; mayChange: boolean }) {
  const { t } = useTranslation("client");
  const [asks, setAsks] = useState<"prefer" | "end" | null>(null);
  const [shown, setShown] = useState<"prefer" | "end">("prefer");
  const deed = usePhoneDeed(id, () => setAsks(null));
  const number = phone.phone ?? "";
  const ask = (what: "prefer" | "end") => {
    deed.reset();
    setShown(what);
    setAsks(what);
  };
  return (
    <li className={styles.phone}>
      <p className={styles.phoneLine}>
        <Phone value={phone.phone} />
        <Signs phone={phone} />
      </p>
      <Validity phone={phone} />
      <p className={styles.quiet}>
        {phone.last_delivered_at === null ? (
          t("phones.never")
        ) : (
          <>
            {t("phones.delivered")} <Time value={phone.last_delivered_at} />
          </>
        )}
      </p>
      {mayChange && number !== "" && !phone.preferred && (
        <div className={styles.buttons}>
          <Button size="small" aria-label={t("phones.prefer_this", { phone: formatPhone(number) })} onClick={() => ask("prefer")}>
            {t("phones.prefer")}
          </Button>
          {!isOver(phone) && (
            <Button size="small" aria-label={t("phones.end_this", { phone: formatPhone(number) })} onClick={() => ask("end")}>
              {t("phones.end")}
            </Button>
          )}
          <ConfirmDanger
            open={asks !== null}
            title={t(`phones.${shown}_title`, { phone: formatPhone(number) })}
            confirm={t(`phones.${shown}`)}
            danger={shown === "end"}
            busy={deed.isPending}
            onConfirm={() => deed.mutate({ how: shown, phone: number })}
            onCancel={() => setAsks(null)}
          >
            <p>{t(`phones.${shown}_text`)}</p>
            {deed.error !== null && <ErrorView error={deed.error} inline />}
          </ConfirmDanger>
        </div>
      )}
    </li>
  );
}

function Changes({ changes }: { changes: FullClient["phone_changes"] }) {
  const { t } = useTranslation("client");
  if (changes.length === 0) return null;
  return (
    <details>
      <summary className={styles.summary}>{t("phones.changes")}</summary>
      <ol className={styles.ledger}>
        {changes.map(({ at, from, to, reason }, i) => (
          <li key={i}>
            <p className={styles.quiet}>
              <Time value={at} /> · {t(`phones.reason.${reason}`)}
            </p>
            <p>
              <Phone value={from} /> → <Phone value={to} />
            </p>
          </li>
        ))}
      </ol>
    </details>
  );
}

export function Phones({ client, isMasked }: { client: FullClient; isMasked: boolean }) {
  const { t } = useTranslation("client");
  const mayChange = useRight("clients.import") && !isMasked;
  return (
    <PanelSection title={t("phones.title")} className={styles.stack}>
      <ul className={styles.phones}>
        {client.phones.map((phone) => (
          <OnePhone key={phone.phone} id={client.id} phone={phone} mayChange={mayChange} />
        ))}
      </ul>
      {mayChange && <AddPhone client={client} />}
      <Changes changes={client.phone_changes} />
    </PanelSection>
  );
}
