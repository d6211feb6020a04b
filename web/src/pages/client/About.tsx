/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Tag from "antd/es/tag";
import { useTranslation } from "react-i18next";
import type { Answer } from "@/api/client";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { Facts } from "@/shared/ui/Facts";
import { Panel, Section } from "@/shared/ui/Page";
import { Missing, Phone, Time } from "@/shared/ui/values";
import { grouped } from "./attributes";
import styles from "./Client.module.css";

export type FullClient = Answer<"/v1/clients/{id}", "get">;

export function Person({ client }: { client: FullClient }) {
  const { t } = useTranslation("client");
  return (
    <Section title={t("person")}>
      <Panel>
        <Facts
          facts={[
            { label: t("phone"), value: <Phone value={client.phone} /> },
            { label: t("code"), value: client.external_id ?? <Missing /> },
            { label: t("updated"), value: <Time value={client.updated_at} /> },
          ]}
        />
      </Panel>
    </Section>
  );
}

export function Lists({ lists }: { lists: FullClient["lists"] }) {
  const { t } = useTranslation("client");
  return (
    <Section title={t("lists")}>
      <Panel>
        {lists.length === 0 ? (
          <p className={styles.quiet}>{t("no_lists")}</p>
        ) : (
          <ul className={styles.tags}>
            {lists.map((list) => (
              <li key={list.id}>
                <Tag className={styles.tag ?? ""}>{list.name}</Tag>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </Section>
  );
}

export function Attributes({ attributes }: { attributes: FullClient["attributes"] }) {
  const { t } = useTranslation("client");
  const groups = grouped(attributes, useLanguage());
  if (groups.length === 0) return null;
  return (
    <Section title={t("attributes")}>
      <Panel>
        {groups.map((group) => (
          <div key={group[0]?.name} className={styles.group}>
            <Facts facts={group.map(({ name, value }) => ({ label: name, value: value === "" ? <Missing /> : value }))} />
          </div>
        ))}
      </Panel>
    </Section>
  );
}
