/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who followed the links of the text: people, and robots apart. */
import { useTranslation } from "react-i18next";
import type { Progress } from "@/api/types";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { Section } from "@/shared/ui/Page";
import { Num, Percent } from "@/shared/ui/values";
import { clicksOf, type LinkClicks } from "./clicks";
import { useClicks } from "./queries";
import styles from "./Campaign.module.css";

function Devices({ agents }: { agents: readonly { agent: "unknown" | "android" | "ios" | "desktop"; count: number }[] }) {
  const { t } = useTranslation("campaign");
  if (agents.length === 0) return null;
  return <p className={styles.explained}>{t("clicks.devices", { devices: agents.map(({ agent, count }) => t(`clicks.agent.${agent}`, { number: count })).join(", ") })}</p>;
}

export function Clicks({ id, targets, progress }: { id: string; targets: readonly string[]; progress: Progress }) {
  const { t } = useTranslation("campaign");
  const { data, error, refetch } = useClicks(id, true);
  const columns: Column<LinkClicks>[] = [
    { key: "target", title: t("clicks.target"), card: "title", render: ({ target }) => <span className={styles.target}>{target}</span> },
    {
      key: "messages",
      title: t("clicks.messages"),
      width: 176,
      align: "right",
      render: ({ messages }) => (
        <>
          <Num value={messages} />
          {progress.accepted > 0 && (
            <>
              {" "}
              · <Percent value={messages / progress.accepted} />
            </>
          )}
        </>
      ),
    },
    { key: "clicks", title: t("clicks.clicks"), width: 128, align: "right", render: ({ clicks }) => <Num value={clicks} /> },
    { key: "robots", title: t("clicks.robots"), width: 128, align: "right", render: ({ robots }) => <Num value={robots} /> },
  ];
  return (
    <Section title={t("clicks.title")}>
      <DataTable
        columns={columns}
        rows={data === undefined ? undefined : clicksOf(targets, data.links)}
        rowKey={({ link }) => String(link)}
        label={t("clicks.title")}
        error={error}
        onAgain={() => void refetch()}
        expected={targets.length}
        empty={null}
      />
      {data !== undefined && <Devices agents={data.agents} />}
      <p className={styles.explained}>{t("clicks.note")}</p>
    </Section>
  );
}
