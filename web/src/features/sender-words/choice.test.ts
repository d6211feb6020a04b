/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { describe, expect, test } from "vitest";
import type { Sender, SenderRules } from "@/api/types";
import { defaultFor, namesOf, proposedFor } from "./choice";

const sender = (name: string, enabled = true): Sender => ({ id: name, name, kind: "letters", note: "", enabled, created_at: "2026-01-01T00:00:00.000Z", registered: { active: 0, asked: 0, refused: 0 }, texts: 0 });
const senders = [sender("SHOP"), sender("BANK"), sender("OLD", false)];
const rules = (more: Partial<SenderRules> = {}): SenderRules => ({
  unregistered: "open",
  defaults: [
    { class: "service", category: null, sender: "SHOP" },
    { class: "service", category: "debt", sender: "BANK" },
    { class: "alert", category: null, sender: "OLD" },
  ],
  ...more,
});

describe("a default", () => {
  test("is that of the category, else that of its class", () => {
    expect(defaultFor(rules(), namesOf(senders), { class: "service", category: "debt" })).toBe("BANK");
    expect(defaultFor(rules(), namesOf(senders), { class: "service", category: "service" })).toBe("SHOP");
    expect(defaultFor(rules(), namesOf(senders), { class: "service", category: null })).toBe("SHOP");
    expect(defaultFor(rules(), namesOf(senders), { class: "advertising", category: "advertising" })).toBeUndefined();
  });

  test("is none when it is switched off", () => {
    expect(defaultFor(rules(), namesOf(senders), { class: "alert", category: "emergency" })).toBeUndefined();
  });
});

describe("without a default", () => {
  const advertising = { class: "advertising", category: "advertising" } as const;

  test("who wrote last writes again", () => {
    expect(proposedFor(rules(), senders, ["NEW", "SHOP"], advertising)).toBe("NEW");
  });

  test("but not one that is switched off, nor a stranger where only known ones may write", () => {
    expect(proposedFor(rules(), senders, ["OLD", "BANK"], advertising)).toBe("BANK");
    expect(proposedFor(rules({ unregistered: "strict" }), senders, ["NEW", "SHOP"], advertising)).toBe("SHOP");
  });

  test("the only one there is is proposed to who writes for the first time", () => {
    expect(proposedFor(rules(), [sender("SHOP"), sender("OLD", false)], [], advertising)).toBe("SHOP");
    expect(proposedFor(rules(), senders, [], advertising)).toBeUndefined();
  });
});
