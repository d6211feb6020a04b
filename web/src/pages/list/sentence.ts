/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A condition in words, as one would tell it to a colleague. */
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDay, formatNumber } from "@/shared/lib/format";
import { criterionOf, operandOf, type Catalog, type Leaf, type Members } from "./catalog";
import type words from "./ru.json";

export type OpWord = keyof typeof words.op;
export type ActionWord = keyof typeof words.action;

const opWords: ReadonlySet<string> = new Set<OpWord>([
  "in", "not_in", "begins", "contains", "empty", "filled", "eq", "ne", "lt", "le", "gt", "ge", "between", "on", "before", "after",
  "last_days", "next_days", "older_days", "is", "is_not", "any", "all", "none",
]);
const actionWords: ReadonlySet<string> = new Set<ActionWord>(["purchase", "payment", "visit", "login", "complaint"]);

function isOpWord(op: string): op is OpWord {
  return opWords.has(op);
}

function isActionWord(action: string): action is ActionWord {
  return actionWords.has(action);
}

/* What the interface does not know is shown as it is. */
export function useWords() {
  const { t } = useTranslation("list");
  return {
    op: (op: string) => (isOpWord(op) ? t(`op.${op}`) : op),
    action: (action: string) => (isActionWord(action) ? t(`action.${action}`) : action),
    value: (value: string) => (value === "male" || value === "female" ? t(`sex.${value}`) : value.replace(/^(\d+)-(\d+)$/, "$1–$2")),
  };
}

/* A day without a time, or a number. */
function useScalar(): (value: string | number | undefined) => string {
  const language = useLanguage();
  return (value) => {
    if (value === undefined) return "";
    if (typeof value === "number") return formatNumber(value, language, Number.isInteger(value) ? 0 : 2);
    return /^\d{4}-\d\d-\d\d$/.test(value) ? formatDay(dayjs(value), language, dayjs()) : value;
  };
}

/* The names of lists by their ids, where they are known. */
export type ListNames = ReadonlyMap<string, string>;

/* "Sum of actions (purchases, shoes, in the last 90 days): at least 5 000" */
export function useSentence(catalog: Catalog, lists: ListNames): (leaf: Leaf) => string {
  const { t } = useTranslation("list");
  const words = useWords();
  const scalar = useScalar();

  const period = ({ within, since, until }: Members) => [
    ...(within === undefined ? [] : [t("sentence.within", { count: within })]),
    ...(since === undefined ? [] : [t("sentence.since", { day: scalar(since) })]),
    ...(until === undefined ? [] : [t("sentence.until", { day: scalar(until) })]),
  ];
  const details = (leaf: Leaf) => [
    ...(leaf.action === undefined ? [] : [words.action(leaf.action)]),
    ...(leaf.category === undefined ? [] : [leaf.category]),
    ...(leaf.attribute === undefined ? [] : [leaf.attribute]),
    ...(leaf.purpose === undefined ? [] : [catalog.purposes.find(({ code }) => code === leaf.purpose)?.name ?? leaf.purpose]),
    ...(leaf.list === undefined ? [] : [lists.get(leaf.list) ?? t("sentence.no_list")]),
    ...(leaf.percent === undefined ? [] : [t("sentence.percent", { percent: scalar(leaf.percent) })]),
    ...period(leaf),
  ];
  const operand = (leaf: Leaf) => {
    switch (operandOf(leaf.op)) {
      case "none":
        return "";
      case "values":
        return (leaf.values ?? []).map(words.value).join(", ");
      case "range":
        return t("sentence.range", { from: scalar(leaf.from), to: scalar(leaf.to) });
      case "days":
        return t("sentence.days", { count: leaf.days ?? 0 });
      case "value":
        return scalar(leaf.value);
    }
  };
  return (leaf) => {
    const name = criterionOf(catalog, leaf.criterion)?.name ?? leaf.criterion;
    const about = details(leaf);
    const subject = about.length === 0 ? name : `${name} (${about.join(", ")})`;
    const op = leaf.op === "between" ? "" : words.op(leaf.op);
    return `${subject}: ${[op, operand(leaf)].filter((part) => part !== "").join(" ")}`;
  };
}
