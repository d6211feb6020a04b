/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One condition: what it is about, how it is compared, and with what. */
import CloseOutlined from "@ant-design/icons/es/icons/CloseOutlined";
import Button from "antd/es/button";
import Select, { type RefSelectProps } from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RuleProps } from "react-querybuilder";
import { useBuilder } from "./builder-context";
import { criterionOf, type Catalog, type Criterion, type Members } from "./catalog";
import { Details } from "./Details";
import { Operand } from "./Operand";
import { useWords } from "./sentence";
import styles from "./Builder.module.css";

export type Put = (change: Members) => void;

/* What react-querybuilder keeps for us, of which its types know nothing. */
function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? value : {};
}

function criteriaByFamily({ families, criteria }: Catalog) {
  return families
    .map(({ code, name }) => ({
      label: name,
      title: name,
      options: criteria.filter(({ family }) => family === code).map((criterion) => ({ value: criterion.code, label: criterion.name })),
    }))
    .filter(({ options }) => options.length > 0);
}

/* Only as it appears, later the person goes where she likes: Ant Design tells its fields anew whenever it draws them. */
function focusOnce(): (field: RefSelectProps | null) => void {
  let isDone = false;
  return (field) => {
    if (isDone || field === null) return;
    isDone = true;
    field.focus();
  };
}

function CriterionField({ criterion, onChange }: { criterion: Criterion | undefined; onChange: (code: string) => void }) {
  const { t } = useTranslation("list");
  const { catalog, hasAdded } = useBuilder();
  const isNew = hasAdded && criterion === undefined;
  const [focus] = useState(() => (isNew ? focusOnce() : undefined));
  return (
    <Select<string | null>
      ref={focus}
      className={styles.criterion ?? ""}
      aria-label={t("builder.criterion")}
      placeholder={t("builder.choose")}
      value={criterion?.code ?? null}
      options={criteriaByFamily(catalog)}
      showSearch={{ optionFilterProp: "label" }}
      popupMatchSelectWidth={320}
      onChange={(code) => {
        if (code !== null) onChange(code);
      }}
    />
  );
}

function OperatorField({ criterion, op, onChange }: { criterion: Criterion; op: string; onChange: (op: string) => void }) {
  const { t } = useTranslation("list");
  const words = useWords();
  return (
    <Select<string>
      className={styles.operator ?? ""}
      aria-label={t("builder.operator")}
      value={op}
      options={criterion.ops.map((value) => ({ value, label: words.op(value) }))}
      popupMatchSelectWidth={false}
      onChange={onChange}
    />
  );
}

export function RuleRow({ rule, path, actions }: RuleProps) {
  const { t } = useTranslation("list");
  const { catalog } = useBuilder();
  const criterion = criterionOf(catalog, rule.field);
  const members = membersOf(rule.value);
  const put: Put = (change) => actions.onPropChange("value", { ...members, ...change }, path);
  const name = criterion?.name ?? t("builder.new");
  return (
    <div className={styles.rule} role="group" aria-label={t("builder.condition", { name })}>
      <div className={styles.fields}>
        <CriterionField criterion={criterion} onChange={(code) => actions.onPropChange("field", code, path)} />
        {criterion !== undefined && (
          <>
            <Details criterion={criterion} members={members} put={put} />
            <OperatorField criterion={criterion} op={rule.operator} onChange={(op) => actions.onPropChange("operator", op, path)} />
            <Operand criterion={criterion} op={rule.operator} members={members} put={put} />
          </>
        )}
      </div>
      <Button type="text" icon={<CloseOutlined aria-hidden />} className={styles.remove ?? ""} aria-label={t("builder.remove", { name })} onClick={() => actions.onRuleRemove(path)} />
    </div>
  );
}
