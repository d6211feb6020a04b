/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a number was left out of: who asks why a client got nothing finds the reason here. Stands below the
 * messages and is not there when there is nothing to tell. */
import { useTranslation } from "react-i18next";
import { api, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { useRight } from "@/shared/hooks/useMe";
import { usePages } from "@/shared/hooks/usePages";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { useReason } from "@/shared/ui/reason";
import { Time } from "@/shared/ui/values";

type Suppression = Answer<"/v1/suppressions/search", "post">["suppressions"][number];

function useLeftOut(phone: string) {
  return usePages({
    queryKey: [...keys.messages, "left-out", phone],
    load: (cursor, signal) => api.post("/v1/suppressions/search", { body: { phone, limit: 10, ...(cursor === undefined ? {} : { cursor }) }, signal }),
    rows: (page) => page.suppressions,
  });
}

function What({ suppression: { campaign_id, campaign_name } }: { suppression: Suppression }) {
  const { t } = useTranslation("left-out");
  const mayOpen = useRight("campaigns.read");
  if (campaign_id === null) return <>{t("single")}</>;
  return mayOpen ? <PageLink to={`/campaigns/${campaign_id}`}>{campaign_name ?? ""}</PageLink> : <>{campaign_name}</>;
}

export function LeftOut({ phone }: { phone: string }) {
  const { t } = useTranslation("left-out");
  const reason = useReason();
  const { rows, error, again, more, loadingMore } = useLeftOut(phone);
  if (error === null && (rows === undefined || rows.length === 0)) return null;

  const columns: Column<Suppression>[] = [
    { key: "what", title: t("what"), card: "title", render: (suppression) => <What suppression={suppression} /> },
    { key: "why", title: t("why"), render: (suppression) => reason(suppression.reason) },
    { key: "at", title: t("at"), card: "aside", render: ({ at }) => <Time value={at} /> },
  ];
  return (
    <Section title={t("title")}>
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        label={t("title")}
        error={error}
        onAgain={again}
        onMore={more}
        loadingMore={loadingMore}
        empty={null}
      />
    </Section>
  );
}
