/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a trial found: in which fields how many clients would change, a few of them before and after, some who are new
 * and some who are missing. Data of people are masked by apid. */
import { useTranslation } from "react-i18next";
import { useFieldWord } from "@/features/import-file/words";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { Panel } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Missing, Num } from "@/shared/ui/values";
import { changeRows, type ChangeRow } from "./changes";
import type { Difference } from "./queries";
import styles from "./Source.module.css";

function Fields({ fields }: { fields: Difference["fields"] }) {
  const { t } = useTranslation("source");
  const fieldWord = useFieldWord();
  return (
    <Panel>
      <h3 className={styles.subtitle}>{t("change.fields")}</h3>
      <dl className={styles.fields}>
        {fields.map(({ field, attribute, clients }) => (
          <div key={`${field} ${attribute ?? ""}`}>
            <dt>{fieldWord(field, attribute)}</dt>
            <dd>{t("clients", { ns: "common", count: clients })}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Value({ text }: { text: string | null }) {
  const { t } = useTranslation("source");
  return text === null || text === "" ? <span className={styles.quiet}>{t("change.empty")}</span> : <span className={styles.value}>{text}</span>;
}

function Examples({ changed }: { changed: Difference["changed"] }) {
  const { t } = useTranslation("source");
  const fieldWord = useFieldWord();
  const columns: Column<ChangeRow>[] = [
    {
      key: "client",
      title: t("change.client"),
      width: "22%",
      card: "title",
      render: ({ client_id, phone, isFirst }) => isFirst && <PageLink to={`/clients/${client_id}`}>{phone ?? t("change.no_phone")}</PageLink>,
    },
    { key: "field", title: t("change.field"), width: "22%", card: "aside", render: ({ field, attribute }) => <span className={styles.value}>{fieldWord(field, attribute)}</span> },
    { key: "was", title: t("change.was"), render: ({ was }) => <Value text={was} /> },
    { key: "becomes", title: t("change.becomes"), render: ({ becomes }) => <Value text={becomes} /> },
  ];
  return <DataTable columns={columns} rows={changeRows(changed)} rowKey={({ key }) => key} label={t("change.examples")} empty={null} />;
}

function People({ title, people }: { title: string; people: Difference["new"] }) {
  return (
    <Panel>
      <h3 className={styles.subtitle}>{title}</h3>
      <ul className={styles.people}>
        {people.map(({ client_id, phone, last_name, first_name }, i) => {
          const name = [last_name, first_name].filter((part) => part !== null).join(" ");
          const shown = phone ?? "—";
          return (
            <li key={client_id ?? i}>
              {client_id === undefined ? <span>{shown}</span> : <PageLink to={`/clients/${client_id}`}>{shown}</PageLink>}
              {name === "" ? <Missing /> : <span className={styles.value}>{name}</span>}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

export function Changes({ difference: { fields, changed, new: added, missing } }: { difference: Difference }) {
  const { t } = useTranslation("source");
  if (fields.length + changed.length + added.length + missing.length === 0) return <p className={styles.lead}>{t("change.none")}</p>;
  return (
    <div className={styles.changes}>
      {fields.length > 0 && <Fields fields={fields} />}
      {changed.length > 0 && (
        <>
          <h3 className={styles.subtitle}>
            {t("change.examples")} (<Num value={changed.length} />)
          </h3>
          <Examples changed={changed} />
        </>
      )}
      <div className={styles.pair}>
        {added.length > 0 && <People title={t("change.new")} people={added} />}
        {missing.length > 0 && <People title={t("change.missing")} people={missing} />}
      </div>
    </div>
  );
}
