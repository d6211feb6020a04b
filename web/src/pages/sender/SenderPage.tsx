/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One sender: which operator knows it over which account, and which texts of it. */
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import Tag from "antd/es/tag";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { SenderDetail } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page, Section } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Deeds } from "./Deeds";
import { Details } from "./Details";
import { Matrix } from "./Matrix";
import { useSender } from "./queries";
import { RegistrationDialog, type Asked } from "./RegistrationDialog";
import { Texts } from "./Texts";
import styles from "./Sender.module.css";

function Shown({ sender }: { sender: SenderDetail }) {
  const { t } = useTranslation("sender");
  const mayEdit = useRight("senders.edit");
  const [asked, setAsked] = useState<Asked | null>(null);
  const first = sender.accounts[0];
  const kind = t(`kind.${sender.kind}`, { ns: "sender-words" });
  return (
    <Page
      title={sender.name}
      tag={sender.enabled ? undefined : <Tag>{t("off")}</Tag>}
      lead={sender.note === "" ? kind : `${kind} · ${sender.note}`}
      back={{ to: "/senders", label: t("back") }}
      actions={mayEdit && <Deeds sender={sender} />}
    >
      <Section
        title={t("matrix.title")}
        extra={
          mayEdit &&
          first !== undefined && (
            <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAsked({ through: `p:${first.provider}`, operator: null })}>
              {t("register.button")}
            </Button>
          )
        }
      >
        <p className={styles.lead}>{first === undefined ? t("no_accounts") : t("matrix.lead")}</p>
        {first !== undefined && <Matrix sender={sender} onAsk={setAsked} />}
      </Section>
      <Texts sender={sender} />
      <Details sender={sender} />
      {asked !== null && <RegistrationDialog sender={sender} asked={asked} onClose={() => setAsked(null)} />}
    </Page>
  );
}

function Existing({ id }: { id: string }) {
  const { data, error, refetch } = useSender(id);
  if (data === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  return <Shown sender={data} />;
}

export default function SenderPage() {
  const { id = "" } = useParams();
  return <Existing key={id} id={id} />;
}
