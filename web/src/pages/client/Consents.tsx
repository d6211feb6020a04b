/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the client agreed to, as it holds now. */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import ClockCircleOutlined from "@ant-design/icons/es/icons/ClockCircleOutlined";
import StopOutlined from "@ant-design/icons/es/icons/StopOutlined";
import Tag from "antd/es/tag";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PanelSection } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { Time } from "@/shared/ui/values";
import styles from "./Client.module.css";

type Consent = Answer<"/v1/clients/{id}/consents", "get">["current"][number];

const looks = {
  given: { color: "success", icon: <CheckCircleOutlined aria-hidden /> },
  pending: { color: "warning", icon: <ClockCircleOutlined aria-hidden /> },
  withdrawn: { color: "error", icon: <StopOutlined aria-hidden /> },
  expired: { color: "default", icon: <ClockCircleOutlined aria-hidden /> },
} as const satisfies Record<Consent["state"], object>;

function useConsents(id: string) {
  return useQuery({
    queryKey: [...keys.client(id), "consents"],
    queryFn: async ({ signal }) => {
      const [{ current }, { purposes }] = await Promise.all([api.get("/v1/clients/{id}/consents", { path: { id }, query: { limit: 1 }, signal }), api.get("/v1/purposes", { signal })]);
      return { current, names: new Map(purposes.map(({ code, name }) => [code, name])) };
    },
  });
}

function State({ consent: { state, since, expires_at } }: { consent: Consent }) {
  const { t } = useTranslation("client");
  return (
    <>
      <Tag color={looks[state].color} icon={looks[state].icon} className={styles.tag ?? ""}>
        {t(`consents.state.${state}`)}
      </Tag>
      <p className={styles.quiet}>
        {t("consents.since")} <Time value={since} />
        {expires_at !== null && (
          <>
            , {t("consents.until")} <Time value={expires_at} />
          </>
        )}
      </p>
    </>
  );
}

function Content({ id }: { id: string }) {
  const { t } = useTranslation("client");
  const { data, error, refetch } = useConsents(id);
  if (data === undefined) return error === null ? <Skeleton rows={2} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />;
  if (data.current.length === 0) return <p className={styles.quiet}>{t("consents.none")}</p>;
  return (
    <ul className={styles.consents}>
      {data.current.map((consent) => (
        <li key={`${consent.purpose} ${consent.phone}`}>
          <p className={styles.purpose}>{data.names.get(consent.purpose) ?? consent.purpose}</p>
          <State consent={consent} />
        </li>
      ))}
    </ul>
  );
}

/* Nothing for who may not see it. */
export function Consents({ id }: { id: string }) {
  const { t } = useTranslation("client");
  if (!useRight("consents.read")) return null;
  return (
    <PanelSection title={t("consents.title")}>
      <Content id={id} />
    </PanelSection>
  );
}
