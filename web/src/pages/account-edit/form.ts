/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person fills in for an account, what of it is changed, and what apid is told: what was changed, no more. */
import type { RequestBody } from "@/api/client";
import type { AccountSetting, ProviderProfile } from "@/api/types";
import { isMoney, microPerUnit, unitsOf } from "@/features/account-words/money";

export type AccountBody = Exclude<RequestBody<"/v1/accounts", "post">, Blob>;
export type Value = string | boolean;
export type Kind = "smpp" | "http";

export interface AccountForm {
  kind: Kind;
  profile: string;
  /* By the key of the setting; numbers as they were typed. */
  values: Readonly<Record<string, Value>>;
  /* Of the profile, by name: those that are no secrets, and the secrets that were typed. */
  given: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
}

export interface Known {
  settings: Readonly<Record<string, unknown>>;
  secrets: readonly { name: string }[];
}

const special = new Set(["kind", "profile", "settings", "secrets"]);

function typed(setting: AccountSetting, value: unknown): Value {
  if (setting.type === "boolean") return value === true;
  if (typeof value === "number") return isMoney(setting.key) ? unitsOf(value) : String(value);
  return typeof value === "string" ? value : "";
}

/* The settings a form of this kind shows. */
export function settingsOf(all: readonly AccountSetting[], kind: Kind): AccountSetting[] {
  return all.filter((setting) => !special.has(setting.key) && setting.type !== "list" && (kind === "smpp" ? setting.smpp : setting.http));
}

export function formOf(all: readonly AccountSetting[], account: Known | null): AccountForm {
  const values = Object.fromEntries(all.filter(({ key }) => !special.has(key)).map((setting) => [setting.key, typed(setting, account?.settings[setting.key] ?? setting.default)]));
  return {
    kind: account?.settings.kind === "http" ? "http" : "smpp",
    profile: typeof account?.settings.profile === "string" ? account.settings.profile : "",
    values,
    given: (account?.settings.settings ?? {}) as Record<string, string>,
    secrets: {},
  };
}

function wire(setting: AccountSetting, value: Value): string | number | boolean | null {
  if (typeof value === "boolean") return value;
  if (setting.type !== "integer" && setting.type !== "milliseconds") return value.trim();
  const number = Number(value.replace(",", ".").replace(/\s/g, ""));
  if (value.trim() === "" || Number.isNaN(number)) return null;
  return isMoney(setting.key) ? Math.round(number * microPerUnit) : number;
}

/* --- what is changed --- */

export interface Change {
  key: string;
  /* Of the profile of an HTTP provider. */
  isOfProfile: boolean;
  /* Its values are shown to nobody. */
  isSecret: boolean;
  was: Value;
  becomes: Value;
}

function changesOfProfile(first: AccountForm, now: AccountForm): Change[] {
  const given = Object.entries(now.given).map(([key, becomes]) => ({ key, isOfProfile: true, isSecret: false, was: first.given[key] ?? "", becomes }));
  const secrets = Object.entries(now.secrets).map(([key, becomes]) => ({ key, isOfProfile: true, isSecret: true, was: "", becomes }));
  return [...given, ...secrets].filter(({ was, becomes }) => was !== becomes);
}

export function changesOf(all: readonly AccountSetting[], first: AccountForm, now: AccountForm): Change[] {
  const own = settingsOf(all, now.kind).map(({ key, type }) => ({ key, isOfProfile: false, isSecret: type === "secret", was: first.values[key] ?? "", becomes: now.values[key] ?? "" }));
  return [...own.filter(({ was, becomes }) => was !== becomes), ...(now.kind === "http" ? changesOfProfile(first, now) : [])];
}

/* --- what apid is told --- */

function filled(pairs: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(pairs).filter(([name, value]) => names.includes(name) && value.trim() !== "").map(([name, value]) => [name, value.trim()]));
}

function profilePart(now: AccountForm, profile: ProviderProfile | undefined, isNew: boolean): Partial<AccountBody> {
  if (now.kind !== "http" || profile === undefined) return {};
  const names = (isSecret: boolean) => profile.settings.filter(({ type }) => (type === "secret") === isSecret).map(({ name }) => name);
  const secrets = filled(now.secrets, names(true));
  return { ...(isNew ? { profile: profile.name } : {}), settings: filled(now.given, names(false)), ...(Object.keys(secrets).length === 0 ? {} : { secrets }) };
}

export function bodyOf(all: readonly AccountSetting[], first: AccountForm, now: AccountForm, profile: ProviderProfile | undefined, isNew: boolean): AccountBody {
  const changed = settingsOf(all, now.kind).filter(({ key, type }) => now.values[key] !== first.values[key] && !(type === "secret" && now.values[key] === ""));
  const own = Object.fromEntries(changed.map((setting) => [setting.key, wire(setting, now.values[setting.key] ?? "")]));
  return { ...(isNew ? { kind: now.kind } : {}), ...own, ...profilePart(now, profile, isNew) };
}

/* --- in what order --- */

export const sections = ["who", "link", "login", "pace", "messages", "receipts", "other"] as const;
export type Section = (typeof sections)[number];

const places: Readonly<Record<string, readonly string[]>> = {
  who: ["name", "provider", "enabled", "price_micro"],
  link: ["host", "port", "tls", "clear_link_ground", "more_hosts", "tls_ca_file", "tls_server_name", "tls_cert_file", "tls_key_file"],
  login: ["system_id", "password", "system_type", "bind_mode", "interface_version", "password_long", "address_range", "bind_ton", "bind_npi"],
  pace: ["parts_per_s", "sessions", "window_size", "connections", "binds_per_min", "submits_per_bind", "retry_max", "bind_timeout_ms", "response_timeout_ms", "enquire_link_ms", "reconnect_min_ms"],
  messages: [
    "max_parts", "split", "validity_max_s", "validity_form", "service_type", "source_ton", "source_npi", "number_ton", "number_npi", "short_ton", "short_npi", "source_plus", "dest_ton", "dest_npi", "dest_plus",
    "send_alphabet", "coding_gsm", "coding_ucs2", "user_reference", "extra_tlvs", "status_actions", "only_ok",
  ],
  receipts: ["registered_delivery", "receipt_parts", "receipt_wins", "acceptd_final", "receipt_zone_s", "query_after_s", "id_response_base", "id_receipt_base", "id_strip_zeros", "id_case", "default_alphabet", "stop_statuses", "stop_errors"],
};
/* What a newcomer fills in; the rest is folded away. */
const plain = new Set(["name", "provider", "enabled", "price_micro", "host", "port", "tls", "clear_link_ground", "system_id", "password", "parts_per_s", "sessions", "window_size"]);

export function isPlain(key: string): boolean {
  return plain.has(key);
}

export function sectionOf(key: string): Section {
  return sections.find((section) => places[section]?.includes(key) === true) ?? "other";
}

export function inSection(settings: readonly AccountSetting[], section: Section): AccountSetting[] {
  const order = places[section] ?? [];
  return settings.filter(({ key }) => sectionOf(key) === section).toSorted((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
}
