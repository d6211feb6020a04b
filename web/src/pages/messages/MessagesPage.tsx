/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A client is on the telephone: the number is typed, its messages and their fate come up, and the advertising
 * is stopped if that is what is wanted. The number lives here and nowhere else. */
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { useMessagesTo } from "@/features/message-list/useMessagesTo";
import { useRemembered } from "@/shared/hooks/useRemembered";
import { takePhones } from "@/shared/lib/given-phone";
import { readPhone } from "@/shared/lib/phone";
import { Page } from "@/shared/ui/Page";
import { PhoneForm } from "./PhoneForm";
import { Results } from "./Results";
import { wrongWith } from "./wrong";

export default function MessagesPage() {
  const { t } = useTranslation("messages");
  const [typed, setTyped] = useRemembered("messages.typed", "");
  /* The number looked for; null before the first one and while a wrong one is corrected. */
  const [phone, setPhone] = useRemembered<string | null>("messages.phone", null);
  const [wrong, setWrong] = useState<ReturnType<typeof wrongWith>>(null);
  const messages = useMessagesTo(phone ?? "", phone !== null);

  const search = useCallback(
    (text: string) => {
      setTyped(text);
      setWrong(wrongWith(text));
      setPhone(wrongWith(text) === null ? (readPhone(text) ?? text.trim()) : null);
    },
    [setTyped, setPhone],
  );
  useEffect(() => takePhones(search), [search]);

  const refusal = phone === null || messages.error === null ? undefined : asProblem(messages.error).expected("phone");
  const change = (text: string) => {
    setTyped(text);
    setWrong(null);
    if (refusal !== undefined) setPhone(null);
  };
  const told = () => {
    if (wrong !== null) return t(`wrong.${wrong}`);
    return refusal === undefined ? undefined : t("wrong.refused", { refusal });
  };
  return (
    <Page title={t("title")} lead={t("lead")}>
      <PhoneForm value={typed} onChange={change} onSearch={() => search(typed)} wrong={told()} />
      {phone !== null && refusal === undefined && <Results key={phone} phone={phone} messages={messages} />}
    </Page>
  );
}
