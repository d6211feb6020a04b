/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is wrong, worst first: what it is, since when, what to do, whom to call. */
import Alert from "antd/es/alert";
import { useTranslation } from "react-i18next";
import type { Trouble } from "@/api/types";
import { PageLink } from "@/shared/ui/PageLink";
import { Time } from "@/shared/ui/values";
import styles from "./Troubles.module.css";

const looks = { critical: "error", warning: "warning", notice: "info" } as const;

function About({ trouble: { weight, account, account_id: id, provider, since }, isLinked }: { trouble: Trouble; isLinked: boolean }) {
  const { t } = useTranslation("account-words");
  return (
    <p className={styles.quiet}>
      {t(`weight.${weight}`)}
      {since !== null && (
        <>
          {" · "}
          {t("since")} <Time value={since} />
        </>
      )}
      {isLinked && account !== null && id !== null && (
        <>
          {" · "}
          <PageLink to={`/delivery/accounts/${id}`}>{account}</PageLink>
          {provider !== account && `, ${provider ?? ""}`}
        </>
      )}
    </p>
  );
}

/* `isLinked`: each leads to its account. */
export function Troubles({ troubles, isLinked = true }: { troubles: readonly Trouble[]; isLinked?: boolean }) {
  const { t } = useTranslation("account-words");
  return (
    <ul className={styles.list} aria-label={t("troubles")}>
      {troubles.map((trouble) => (
        <li key={`${trouble.code} ${trouble.account_id ?? ""}`}>
          <Alert
            type={looks[trouble.weight]}
            showIcon
            title={<span className={styles.what}>{trouble.what}</span>}
            description={
              <div className={styles.body}>
                <About trouble={trouble} isLinked={isLinked} />
                <p>{trouble.action}</p>
                {trouble.contact !== null && <p>{t("contact", { contact: trouble.contact })}</p>}
              </div>
            }
          />
        </li>
      ))}
    </ul>
  );
}
