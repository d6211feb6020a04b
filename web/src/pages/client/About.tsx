/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Tag from "antd/es/tag";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { Answer } from "@/api/client";
import type { AttributeType } from "@/api/types";
import { useAttributes } from "@/features/import-file/useAttributes";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDay } from "@/shared/lib/format";
import { Facts } from "@/shared/ui/Facts";
import { Panel, PanelSection, Section } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Missing, Money, Num, Time } from "@/shared/ui/values";
import { useFieldName } from "@/features/message-text/useFieldName";
import { grouped, shownValues } from "./attributes";
import { profileOf, type ProfileKind } from "./profile";
import styles from "./Client.module.css";

export type FullClient = Answer<"/v1/clients/{id}", "get">;

export function Person({ client }: { client: FullClient }) {
  const { t } = useTranslation("client");
  return (
    <Section title={t("person")}>
      <Panel>
        <Facts
          facts={[
            { label: t("code"), value: client.external_id ?? <Missing /> },
            { label: t("updated"), value: <Time value={client.updated_at} /> },
          ]}
        />
      </Panel>
    </Section>
  );
}

function ProfileValue({ kind, value }: { kind: ProfileKind; value: string }) {
  const { t } = useTranslation("client");
  const language = useLanguage();
  switch (kind) {
    case "text":
      return value;
    case "sex":
      return value === "male" ? t("sex.male") : t("sex.female");
    case "day":
      // Of a birthday the year matters as well.
      return formatDay(dayjs(value), language, dayjs(0));
    case "number":
      return <Num value={Number(value)} />;
    case "money":
      return <Money value={value} />;
  }
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
                <PageLink to={`/lists/${list.id}`}>
                  <Tag className={styles.tag ?? ""}>{list.name}</Tag>
                </PageLink>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </Section>
  );
}

/* What the CRM tells, in groups; what is not known takes no room. */
export function Profile({ client }: { client: FullClient }) {
  const { t } = useTranslation("client");
  const fieldName = useFieldName();
  const groups = profileOf(client);
  if (groups.length === 0) return null;
  return (
    <Section title={t("profile")}>
      <Panel>
        {groups.map((group) => (
          <div key={group[0]?.field} className={styles.group}>
            <Facts facts={group.map(({ field, kind, value }) => ({ label: fieldName(field), value: <ProfileValue kind={kind} value={value} /> }))} />
          </div>
        ))}
      </Panel>
    </Section>
  );
}

/* Words beside each other: tags, values of an attribute. */
function Words({ words }: { words: readonly string[] }) {
  return (
    <ul className={styles.tags}>
      {words.map((word, i) => (
        <li key={i}>
          <Tag className={styles.tag ?? ""}>{word}</Tag>
        </li>
      ))}
    </ul>
  );
}

export function Tags({ tags }: { tags: FullClient["tags"] }) {
  const { t } = useTranslation("client");
  if (tags.length === 0) return null;
  return (
    <PanelSection title={t("tags")}>
      <Words words={tags} />
    </PanelSection>
  );
}

function AttributeValue({ value, type }: { value: string; type: AttributeType }) {
  const { t } = useTranslation("client");
  const language = useLanguage();
  if (value === "") return <Missing />;
  if (type === "yes_no" && (value === "yes" || value === "no")) return t(`yes_no.${value}`);
  const shown = shownValues(value, type, language);
  return type === "many_of" ? <Words words={shown} /> : shown[0];
}

export function Attributes({ attributes }: { attributes: FullClient["attributes"] }) {
  const { t } = useTranslation("client");
  const { data: known = [] } = useAttributes();
  const groups = grouped(attributes, useLanguage());
  if (groups.length === 0) return null;
  const typeOf = (code: string) => known.find(({ name }) => name === code)?.type ?? "text";
  return (
    <Section title={t("attributes")}>
      <Panel>
        {groups.map((group) => (
          <div key={group[0]?.code} className={styles.group}>
            <Facts facts={group.map(({ code, name, value }) => ({ label: name, value: <AttributeValue value={value} type={typeOf(code)} /> }))} />
          </div>
        ))}
      </Panel>
    </Section>
  );
}
