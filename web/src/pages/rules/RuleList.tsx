/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The rules, as they are asked: the first that fits speaks. */
import ArrowDownOutlined from "@ant-design/icons/es/icons/ArrowDownOutlined";
import ArrowUpOutlined from "@ant-design/icons/es/icons/ArrowUpOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import Tag from "antd/es/tag";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RouteRule } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Panel, Section } from "@/shared/ui/Page";
import { Skeleton } from "@/shared/ui/Skeleton";
import { moved } from "./draft";
import { useOrderRules, useRemoveRule, useRules } from "./queries";
import { RuleDialog } from "./RuleDialog";
import { useRuleWords } from "./useRuleWords";
import styles from "./Rules.module.css";

interface ItemProps {
  rule: RouteRule;
  place: number;
  count: number;
  onMove: (by: -1 | 1) => void;
  onChange: () => void;
  onRemove: () => void;
}

function Deeds({ rule, place, count, onMove, onChange, onRemove }: ItemProps) {
  const { t } = useTranslation("rules");
  return (
    <div className={styles.deeds}>
      <Button icon={<ArrowUpOutlined aria-hidden />} aria-label={t("up", { name: rule.name })} disabled={place === 0} onClick={() => onMove(-1)} />
      <Button icon={<ArrowDownOutlined aria-hidden />} aria-label={t("down", { name: rule.name })} disabled={place === count - 1} onClick={() => onMove(1)} />
      <Button aria-label={t("change_named", { name: rule.name })} onClick={onChange}>
        {t("change")}
      </Button>
      <Button danger aria-label={t("remove_named", { name: rule.name })} onClick={onRemove}>
        {t("actions.delete", { ns: "common" })}
      </Button>
    </div>
  );
}

function Item(props: ItemProps) {
  const { rule, place } = props;
  const { t } = useTranslation("rules");
  const mayEdit = useRight("routes.edit");
  const { matches, says } = useRuleWords();
  const words = says(rule);
  return (
    <li className={styles.rule} data-off={!rule.enabled}>
      <span className={styles.place} aria-hidden>
        {place + 1}
      </span>
      <div className={styles.body}>
        <p className={styles.name}>
          {rule.name} {!rule.enabled && <Tag>{t("off")}</Tag>}
        </p>
        <p className={styles.matches}>{matches(rule)}</p>
        {words.length === 0 ? (
          <p className={styles.quiet}>{t("says.nothing")}</p>
        ) : (
          <ul className={styles.says}>
            {words.map((word) => (
              <li key={word}>{word}</li>
            ))}
          </ul>
        )}
      </div>
      {mayEdit && <Deeds {...props} />}
    </li>
  );
}

function Add({ onAdd }: { onAdd: () => void }) {
  const { t } = useTranslation("rules");
  if (!useRight("routes.edit")) return null;
  return (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={onAdd}>
      {t("add")}
    </Button>
  );
}

export function RuleList() {
  const { t } = useTranslation("rules");
  const { data: rules, error, refetch } = useRules();
  const [asked, setAsked] = useState<{ rule: RouteRule | null } | null>(null);
  const [removed, setRemoved] = useState<RouteRule | null>(null);
  const order = useOrderRules();
  const remove = useRemoveRule(() => setRemoved(null));
  const ids = rules?.map(({ id }) => id) ?? [];
  const add = () => setAsked({ rule: null });
  return (
    <Section title={t("rules")} extra={<Add onAdd={add} />}>
      <p className={styles.note}>{t("rules_note")}</p>
      {rules === undefined && (error === null ? <Panel className={styles.room ?? ""}><Skeleton rows={6} /></Panel> : <ErrorView error={error} onAgain={() => void refetch()} inline />)}
      {rules?.length === 0 && (
        <Panel>
          <EmptyState title={t("empty.title")}>{t("empty.text")}</EmptyState>
        </Panel>
      )}
      {rules !== undefined && rules.length > 0 && (
        <ol className={styles.rules} aria-label={t("rules")}>
          {rules.map((rule, place) => (
            <Item key={rule.id} rule={rule} place={place} count={rules.length} onMove={(by) => order.mutate(moved(ids, place, by))} onChange={() => setAsked({ rule })} onRemove={() => setRemoved(rule)} />
          ))}
        </ol>
      )}
      {order.error !== null && <ErrorView error={order.error} inline />}
      {asked !== null && <RuleDialog key={asked.rule?.id ?? "new"} rule={asked.rule} onClose={() => setAsked(null)} />}
      <ConfirmDanger open={removed !== null} title={t("remove.title", { name: removed?.name ?? "" })} confirm={t("actions.delete", { ns: "common" })} busy={remove.isPending} onConfirm={() => removed !== null && remove.mutate(removed.id)} onCancel={() => setRemoved(null)}>
        <p>{t("remove.text")}</p>
        {remove.error !== null && <ErrorView error={remove.error} inline />}
      </ConfirmDanger>
    </Section>
  );
}
