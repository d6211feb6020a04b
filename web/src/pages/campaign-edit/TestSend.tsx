/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The message on one's own telephone, and what became of it. */
import SendOutlined from "@ant-design/icons/es/icons/SendOutlined";
import Button from "antd/es/button";
import Input from "antd/es/input";
import Space from "antd/es/space";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { ApiProblem, asProblem } from "@/api/problem";
import { useMe, useRight } from "@/shared/hooks/useMe";
import { looksLikePhone } from "@/shared/lib/format";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { MessageStateTag } from "@/shared/ui/StatusTag";
import { PageLink } from "@/shared/ui/PageLink";
import { useReason } from "@/shared/ui/reason";
import { Phone } from "@/shared/ui/values";
import type { UsedDraft } from "./useDraft";
import styles from "./TestSend.module.css";

const lookAgainMs = 1000;
/* Who has not got it by then looks on by hand. */
const patienceMs = 120_000;
const open = new Set(["queued", "claimed", "accepted"]);

/* Its fate, asked for until it is known. */
function useFate(id: string) {
  const [since] = useState(() => Date.now());
  return useQuery({
    queryKey: keys.message(id),
    queryFn: ({ signal }) => api.get("/v1/messages/{id}", { path: { id }, signal }),
    refetchInterval: ({ state }) => {
      const isOpen = state.data === undefined || open.has(state.data.state);
      return isOpen && Date.now() - since < patienceMs ? lookAgainMs : false;
    },
    // A moment passes before the message can be read.
    retry: (failures, error) => failures < 5 && [0, 404].includes(asProblem(error).status),
    retryDelay: 500,
  });
}

function Fate({ id, phone }: { id: string; phone: string }) {
  const { t } = useTranslation("campaign-edit");
  const fate = useFate(id);
  const reason = useReason();
  const state = fate.data?.state ?? "queued";
  return (
    <div className={styles.fate} role="status">
      <span>
        {t("test.to")} <Phone value={phone} />
      </span>
      <MessageStateTag state={state} />
      {fate.data?.reason != null && <span className={styles.quiet}>{reason(fate.data.reason)}</span>}
      <PageLink to={`/messages/${id}`}>{t("test.history")}</PageLink>
    </div>
  );
}

/* Asks for the number where it is missed. */
function OwnPhone({ onKnown }: { onKnown: () => void }) {
  const { t } = useTranslation("campaign-edit");
  const queryClient = useQueryClient();
  const [phone, setPhone] = useState("");
  const [isWrong, setWrong] = useState(false);
  const save = useMutation({
    mutationFn: () => api.patch("/v1/me", { body: { phone: phone.trim() } }),
    onSuccess: (me) => {
      queryClient.setQueryData(keys.me, me);
      onKnown();
    },
  });
  const submit = () => {
    if (looksLikePhone(phone)) save.mutate();
    else setWrong(true);
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label={t("test.phone")} note={t("test.phone_note")} wrong={isWrong ? t("test.phone_wrong") : undefined}>
        {(props) => (
          <Space.Compact block>
            <Input
              {...props}
              type="tel"
              inputMode="tel"
              autoComplete="tel"
              placeholder="+7 900 123-45-67"
              value={phone}
              maxLength={40}
              onChange={(event) => {
                setPhone(event.target.value);
                setWrong(false);
              }}
            />
            <Button type="primary" htmlType="submit" loading={save.isPending}>
              {t("test.phone_submit")}
            </Button>
          </Space.Compact>
        )}
      </Field>
      {save.error !== null && <ErrorView error={save.error} inline />}
    </form>
  );
}

export function TestSend({ used, clientId }: { used: UsedDraft; clientId: string | null }) {
  const { t } = useTranslation("campaign-edit");
  const me = useMe();
  const mayLook = useRight("messages.read");
  const [asksPhone, setAsksPhone] = useState(false);
  const { saver, wrongs } = used;
  const send = useMutation({
    mutationFn: async () => {
      await saver.flush();
      const { id, problem, isDirty } = saver.getSnapshot();
      if (id === null || isDirty) throw problem ?? new ApiProblem({ status: 422, kind: "unsaved", title: t("test.unsaved"), detail: t("test.unsaved_text") });
      return api.post("/v1/campaigns/{id}/test", { path: { id }, body: clientId === null ? {} : { client_id: clientId } });
    },
  });
  const needsPhone = me.phone === null || asProblem(send.error).kind === "no-own-phone";
  const start = () => {
    if (needsPhone) setAsksPhone(true);
    else send.mutate();
  };
  const isReady = wrongs.text === undefined && wrongs.sender === undefined;
  return (
    <section className={styles.test} aria-label={t("test.title")}>
      {asksPhone ? (
        <OwnPhone
          onKnown={() => {
            setAsksPhone(false);
            send.mutate();
          }}
        />
      ) : (
        <>
          <Button block icon={<SendOutlined aria-hidden />} loading={send.isPending} disabled={!isReady} onClick={start}>
            {t("test.button")}
          </Button>
          <p className={styles.quiet}>{isReady ? t("test.note") : t("test.not_ready")}</p>
        </>
      )}
      {send.error !== null && !asksPhone && <ErrorView error={send.error} inline />}
      {send.data !== undefined && me.phone !== null && mayLook && <Fate key={send.data.id} id={send.data.id} phone={me.phone} />}
    </section>
  );
}
