/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person fills in of a rule, of what an account takes, of a contract; what is wrong with it; what apid is told. */
import type { RequestBody } from "@/api/client";
import type { AccountRoute, MessageCategory, MessageClass, OperatorContract, RouteRule } from "@/api/types";

export type RuleBody = Exclude<RequestBody<"/v1/route-rules", "post">, Blob>;
export type LimitsBody = Exclude<RequestBody<"/v1/accounts/{id}/route", "put">, Blob>;
export type ContractBody = Exclude<RequestBody<"/v1/operator-contracts", "put">, Blob>;

const maxPercent = 100;

export interface RuleDraft {
  name: string;
  enabled: boolean;
  category: MessageCategory | null;
  class: MessageClass | null;
  operator: string | null;
  prefix: string;
  sender: string;
  accounts: readonly string[];
  /* As typed, by account; all empty: by their rates. */
  weights: Readonly<Record<string, string>>;
  onlyThese: boolean;
  priceMax: string;
  deliveryMin: number | null;
  spread: number;
  receiptWithin: number | null;
}

export const emptyRule: RuleDraft = { name: "", enabled: true, category: null, class: null, operator: null, prefix: "", sender: "", accounts: [], weights: {}, onlyThese: false, priceMax: "", deliveryMin: null, spread: 0, receiptWithin: null };

export function ruleDraft(rule: RouteRule): RuleDraft {
  return {
    ...rule,
    prefix: rule.prefix ?? "",
    sender: rule.sender ?? "",
    accounts: rule.accounts.map(({ account }) => account).filter((account) => account !== ""),
    weights: Object.fromEntries(rule.accounts.map(({ account, weight }) => [account, weight === null ? "" : String(weight)])),
    onlyThese: rule.only_these,
    priceMax: rule.price_max === null ? "" : rule.price_max.replace(/(\.\d\d\d*?)0+$/, "$1"),
    deliveryMin: rule.delivery_min_percent,
    spread: rule.spread_percent,
    receiptWithin: rule.receipt_within_s,
  };
}

const weightOf = (draft: RuleDraft, account: string) => draft.weights[account]?.trim() ?? "";
const decimal = (text: string) => text.trim().replace(",", ".");

/* Messages of these classes may arrive twice. */
export function mayRepeat({ class: kind }: Pick<RuleDraft, "class">): boolean {
  return kind === "service" || kind === "alert";
}

export type RuleWrong = "name" | "prefix" | "accounts" | "weights" | "price";

export function ruleWrongs(draft: RuleDraft): RuleWrong[] {
  const wrongs: RuleWrong[] = [];
  const weights = draft.accounts.map((account) => weightOf(draft, account));
  const price = decimal(draft.priceMax);
  if (draft.name.trim() === "") wrongs.push("name");
  if (draft.prefix !== "" && !/^[1-9]\d{0,14}$/.test(draft.prefix)) wrongs.push("prefix");
  if (draft.onlyThese && draft.accounts.length === 0) wrongs.push("accounts");
  if (weights.some((weight) => weight !== "") && !weights.every((weight) => /^[1-9]\d{0,5}$/.test(weight))) wrongs.push("weights");
  if (price !== "" && !(/^\d{1,6}(\.\d{1,6})?$/.test(price) && Number(price) > 0)) wrongs.push("price");
  return wrongs;
}

export function ruleBody(draft: RuleDraft): RuleBody {
  return {
    name: draft.name.trim(),
    enabled: draft.enabled,
    category: draft.category,
    class: draft.class,
    operator: draft.operator,
    prefix: draft.prefix === "" ? null : draft.prefix,
    sender: draft.sender.trim() === "" ? null : draft.sender.trim(),
    accounts: draft.accounts.map((account) => ({ account, weight: weightOf(draft, account) === "" ? null : Number(weightOf(draft, account)) })),
    only_these: draft.onlyThese && draft.accounts.length > 0,
    price_max: draft.priceMax.trim() === "" ? null : decimal(draft.priceMax),
    delivery_min_percent: draft.deliveryMin,
    spread_percent: Math.min(draft.spread, maxPercent),
    receipt_within_s: mayRepeat(draft) ? draft.receiptWithin : null,
  };
}

/* Ids with the one at `from` moved up (-1) or down (1); the same where it cannot go. */
export function moved(ids: readonly string[], from: number, by: -1 | 1): string[] {
  const to = from + by;
  const next = [...ids];
  const [one] = next.splice(from, 1);
  if (one === undefined || to < 0 || to >= ids.length) return [...ids];
  next.splice(to, 0, one);
  return next;
}

/* --- what an account takes --- */

export interface LimitsDraft {
  byContracts: boolean;
  categories: readonly MessageCategory[];
  prefixes: string;
  from: string;
  to: string;
  day: number | null;
  month: number | null;
  /* Not shown in the form, and kept as it is. */
  kept: Pick<LimitsBody, "classes" | "alphabets">;
}

export function limitsDraft(route: AccountRoute): LimitsDraft {
  return {
    byContracts: route.by_contracts,
    categories: route.categories ?? [],
    prefixes: route.prefixes?.join(", ") ?? "",
    from: route.open_from ?? "",
    to: route.open_to ?? "",
    day: route.cap_day?.parts ?? null,
    month: route.cap_month?.parts ?? null,
    kept: { classes: route.classes, alphabets: route.alphabets },
  };
}

const prefixesMax = 16;
const prefixesOf = (text: string) => text.split(/[\s,;]+/).filter((prefix) => prefix !== "");

export type LimitsWrong = "prefixes" | "hours";

export function limitsWrongs(draft: LimitsDraft): LimitsWrong[] {
  const wrongs: LimitsWrong[] = [];
  const prefixes = prefixesOf(draft.prefixes);
  if (prefixes.length > prefixesMax || !prefixes.every((prefix) => /^[1-9]\d{0,14}$/.test(prefix))) wrongs.push("prefixes");
  if ((draft.from === "") !== (draft.to === "")) wrongs.push("hours");
  return wrongs;
}

export function limitsBody(draft: LimitsDraft): LimitsBody {
  const prefixes = prefixesOf(draft.prefixes);
  return {
    ...draft.kept,
    by_contracts: draft.byContracts,
    categories: draft.categories.length === 0 ? null : [...draft.categories],
    prefixes: prefixes.length === 0 ? null : prefixes,
    open_from: draft.from === "" ? null : draft.from,
    open_to: draft.to === "" ? null : draft.to,
    cap_day: draft.day,
    cap_month: draft.month,
  };
}

/* --- contracts --- */

export interface ContractDraft {
  account: string | null;
  operator: string | null;
  number: string;
  from: string;
  to: string;
}

export const emptyContract: ContractDraft = { account: null, operator: null, number: "", from: "", to: "" };

export function contractDraft({ account, operator, number, valid_from: from, valid_to: to }: OperatorContract): ContractDraft {
  return { account, operator, number, from, to: to ?? "" };
}

/* Null until all of it is there. */
export function contractBody({ account, operator, number, from, to }: ContractDraft): ContractBody | null {
  if (account === null || operator === null || number.trim() === "" || from === "" || (to !== "" && to < from)) return null;
  return { account, operator, number: number.trim(), valid_from: from, valid_to: to === "" ? null : to };
}
