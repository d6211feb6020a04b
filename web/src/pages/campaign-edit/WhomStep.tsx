/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whom? All clients or one list, with how many there are; and what the campaign is called. */
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { Choice, Choices } from "@/shared/ui/Choice";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { Panel } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Num } from "@/shared/ui/values";
import { Question } from "./Question";
import type { Draft, Wrongs } from "./draft";
import { useClientCount, type List } from "./queries";
import styles from "./WhomStep.module.css";

/* Few lists stand there to be clicked; of many one searches. */
const cardsMax = 5;
const nameMax = 200;

function Audience({ name, count, children, ...chosen }: { name: string; count: number | undefined; isChosen: boolean; onChoose: () => void; children?: ReactNode }) {
  const { t } = useTranslation();
  const label = (
    <>
      <span className={styles.choiceName}>{name}</span>
      {/* The word alone is for who cannot see the figure's place. */}
      <span className={styles.count}>{count === undefined ? "\u00a0" : t("clients", { count })}</span>
    </>
  );
  return (
    <Choice group="audience" label={label} {...chosen}>
      {children}
    </Choice>
  );
}

interface ListOption {
  value: string;
  label: string;
  size: number;
}

function Lists({ lists, listId, onList }: { lists: readonly List[]; listId: string | null; onList: (id: string) => void }) {
  const { t } = useTranslation("campaign-edit");
  const id = useId();
  if (lists.length <= cardsMax) return lists.map((list) => <Audience key={list.id} name={list.name} count={list.size} isChosen={list.id === listId} onChoose={() => onList(list.id)} />);
  const chosen = lists.find((list) => list.id === listId);
  const first = lists[0]?.id ?? "";
  return (
    <Audience name={t("whom.one_list")} count={chosen?.size} isChosen={listId !== null} onChoose={() => onList(first)}>
      {listId !== null && (
        <div className={styles.select}>
          <label htmlFor={id}>{t("whom.list")}</label>
          <Select<string, ListOption>
            id={id}
            value={listId}
            showSearch={{ optionFilterProp: "label" }}
            options={lists.map((list) => ({ value: list.id, label: list.name, size: list.size }))}
            optionRender={({ data }) => (
              <span className={styles.option}>
                <span className={styles.choiceName}>{data.label}</span>
                <Num value={data.size} />
              </span>
            )}
            onChange={onList}
          />
        </div>
      )}
    </Audience>
  );
}

function Import({ isFirst }: { isFirst: boolean }) {
  const { t } = useTranslation("campaign-edit");
  const mayImport = useRight("clients.import");
  const mayMakeList = useRight("lists.edit");
  if (!isFirst && (mayImport || mayMakeList)) {
    return (
      <p className={styles.note}>
        {t("whom.others")} {mayMakeList && <PageLink to="/lists/new">{t("whom.make_list")}</PageLink>} {mayImport && <PageLink to="/imports">{t("whom.import")}</PageLink>}
      </p>
    );
  }
  if (!mayImport) return <p className={styles.note}>{isFirst && t("whom.no_clients_no_right")}</p>;
  return (
    <div className={styles.noClients}>
      <p>{t("whom.no_clients")}</p>
      <ButtonLink to="/imports" type="primary">
        {t("whom.import")}
      </ButtonLink>
    </div>
  );
}

interface WhomStepProps {
  draft: Draft;
  wrongs: Wrongs;
  lists: readonly List[] | undefined;
  onList: (id: string | null) => void;
  onName: (name: string) => void;
}

export function WhomStep({ draft, wrongs, lists, onList, onName }: WhomStepProps) {
  const { t } = useTranslation("campaign-edit");
  const count = useClientCount();
  const all = count.data?.clients;
  return (
    <Question title={t("whom.title")}>
      <Panel className={styles.panel ?? ""}>
        <Choices title={t("whom.title")}>
          <Audience name={t("whom.all")} count={all} isChosen={draft.list_id === null} onChoose={() => onList(null)} />
          <Lists lists={lists ?? []} listId={draft.list_id} onList={onList} />
        </Choices>
        {count.error !== null && <ErrorView error={count.error} onAgain={() => void count.refetch()} inline />}
        <Import isFirst={all === 0} />
      </Panel>
      <Panel>
        <Field label={t("whom.name")} note={t("whom.name_note")} wrong={wrongs.name && t(`wrong.${wrongs.name}`)}>
          {(props) => <Input {...props} size="large" value={draft.name} maxLength={nameMax} autoComplete="off" onChange={(event) => onName(event.target.value)} />}
        </Field>
      </Panel>
    </Question>
  );
}
