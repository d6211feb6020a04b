/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The button of OpenID Connect where the company has it, and what became of it. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import Divider from "antd/es/divider";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { buttonOf, endOf } from "./ways";
import styles from "./Door.module.css";

/* Said once: the address forgets it, so that neither a reload nor a bookmark says it again. */
function useEnd() {
  const [end] = useState(() => endOf(window.location.search));
  useEffect(() => {
    if (end !== null) window.history.replaceState(window.history.state, "", window.location.pathname);
  }, [end]);
  return end;
}

export function WayEnded() {
  const { t } = useTranslation();
  const end = useEnd();
  if (end === null) return null;
  return <Alert className={styles.problem ?? ""} type="error" showIcon role="alert" title={t(`sign_in.ended.${end}`)} description={t(`sign_in.ended_help.${end}`)} />;
}

export function OtherWays() {
  const { t } = useTranslation();
  // Without an answer there is the password, as ever.
  const { data } = useQuery({ queryKey: keys.ways, queryFn: ({ signal }) => api.get("/v1/session/ways", { signal }), staleTime: Infinity });
  const words = buttonOf(data, t("sign_in.company"));
  if (words === null) return null;
  return (
    <>
      <Divider plain>{t("sign_in.or")}</Divider>
      <Button href="/v1/session/oidc" size="large" block>
        {words}
      </Button>
    </>
  );
}
