/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { AccountSetting, ProviderProfile } from "@/api/types";
import { unitsOf } from "@/features/account-words/money";
import { bodyOf, changesOf, formOf, inSection, sectionOf, settingsOf } from "./form";

const setting = (key: string, type: AccountSetting["type"], value: unknown, http = false): AccountSetting => ({ key, type, smpp: true, http, default: value, help: "" });
const all = [
  setting("name", "text", "", true),
  setting("kind", "choice", "smpp", true),
  setting("enabled", "boolean", true, true),
  setting("price_micro", "integer", 0, true),
  setting("host", "text", ""),
  setting("port", "integer", 2775),
  setting("enquire_link_ms", "milliseconds", 30_000),
  setting("password", "secret", ""),
  { ...setting("settings", "object", undefined, true), smpp: false },
];
const profile: ProviderProfile = {
  name: "smsc", title: "SMSC", source: "", unverified: [], batch_max: 1, resend_safe: false,
  settings: [{ name: "login", type: "text" }, { name: "password", type: "secret" }],
};

test("a new account is told by what was typed, numbers as numbers and money in millionths", () => {
  const first = formOf(all, null);
  const now = { ...first, values: { ...first.values, name: " main ", host: "smsc", price_micro: "2,35", password: "geheim", enquire_link_ms: "15 000" } };
  expect(bodyOf(all, first, now, undefined, true)).toEqual({ kind: "smpp", name: "main", host: "smsc", price_micro: 2_350_000, password: "geheim", enquire_link_ms: 15_000 });
});

test("what nobody touched is not told, and a secret that nobody typed stays", () => {
  const account = { settings: { kind: "smpp", name: "main", host: "smsc", port: 3550, enabled: true, price_micro: 2_350_000 }, secrets: [{ name: "password" }] };
  const first = formOf(all, account);
  expect(first.values.price_micro).toBe("2.35");
  expect(changesOf(all, first, first)).toEqual([]);
  const now = { ...first, values: { ...first.values, port: "", enabled: false } };
  expect(bodyOf(all, first, now, undefined, false)).toEqual({ port: null, enabled: false });
  expect(changesOf(all, first, now).map(({ key, was, becomes }) => [key, was, becomes])).toEqual([["enabled", true, false], ["port", "3550", ""]]);
});

test("an HTTP account gives its profile what it asks for, and nothing of the other kind", () => {
  const first = formOf(all, null);
  const now = { ...first, kind: "http" as const, profile: "smsc", values: { ...first.values, name: "web", host: "left over" }, given: { login: " us ", old: "x" }, secrets: { password: "geheim", old: "y" } };
  expect(bodyOf(all, first, now, profile, true)).toEqual({ kind: "http", name: "web", profile: "smsc", settings: { login: "us" }, secrets: { password: "geheim" } });
  expect(changesOf(all, first, now).find(({ key, isOfProfile }) => isOfProfile && key === "password")).toMatchObject({ isSecret: true });
  expect(settingsOf(all, "http").map(({ key }) => key)).toEqual(["name", "enabled", "price_micro"]);
});

test("a setting the page does not know yet has its place, too", () => {
  expect(sectionOf("port")).toBe("link");
  expect(sectionOf("brand_new")).toBe("other");
  expect(inSection([...all, setting("brand_new", "text", "")], "other").map(({ key }) => key)).toEqual(["kind", "settings", "brand_new"]);
});

test("millionths as people write them", () => {
  expect([0, 2_350_000, 100, 12_000_000].map(unitsOf)).toEqual(["0", "2.35", "0.0001", "12"]);
});
