/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A group of conditions: how they are joined, the conditions, what can be added. */
import CloseOutlined from "@ant-design/icons/es/icons/CloseOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import Button from "antd/es/button";
import Select from "antd/es/select";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { RuleGroupBodyComponents, useRuleGroup, type RuleGroupProps } from "react-querybuilder";
import { useBuilder } from "./builder-context";
import { joinOf, joins, type Join } from "./tree";
import styles from "./Builder.module.css";

/* Deeper nobody finds the way out; apid takes ten. */
const depthMax = 4;

export function GroupBox(props: RuleGroupProps) {
  const { t } = useTranslation("list");
  const { onAdd } = useBuilder();
  const group = useRuleGroup(props);
  const id = useId();
  const depth = group.path.length;
  const join = joinOf(group.ruleGroup.combinator);
  const add = (what: () => void) => {
    onAdd();
    what();
  };
  return (
    <div className={`${styles.group ?? ""} ${depth === 0 ? "" : (styles.nested ?? "")}`} role="group" aria-label={t("builder.group", { join: t(`join.${join}`) })}>
      <div className={styles.groupHead}>
        <label htmlFor={id}>{depth === 0 ? t("builder.whole") : t("builder.part")}</label>
        <Select<Join>
          id={id}
          className={styles.join ?? ""}
          value={join}
          options={joins.map((value) => ({ value, label: t(`join.${value}`) }))}
          popupMatchSelectWidth={false}
          onChange={(value) => group.onCombinatorChange(value)}
        />
        {depth > 0 && <Button type="text" icon={<CloseOutlined aria-hidden />} className={styles.remove ?? ""} aria-label={t("builder.remove_group")} onClick={() => group.removeGroup()} />}
      </div>
      {group.ruleGroup.rules.length === 0 ? (
        <p className={styles.empty}>{t("builder.empty")}</p>
      ) : (
        <div className={styles.rules}>
          <RuleGroupBodyComponents {...group} />
        </div>
      )}
      <div className={styles.groupFoot}>
        <Button icon={<PlusOutlined aria-hidden />} onClick={() => add(group.addRule)}>
          {t("builder.add")}
        </Button>
        {depth < depthMax && (
          <Button type="text" onClick={() => add(group.addGroup)}>
            {t("builder.add_group")}
          </Button>
        )}
      </div>
    </div>
  );
}
