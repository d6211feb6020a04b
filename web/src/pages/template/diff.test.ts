/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { diff } from "./diff";

const shown = (before: string, after: string) =>
  diff(before, after)
    .map(({ kind, text }) => ({ same: text, added: `+${text}+`, removed: `-${text}-` })[kind])
    .join("");

test.each([
  ["", "", ""],
  ["Привет", "Привет", "Привет"],
  ["", "Привет", "+Привет+"],
  ["Скидка 20 % до субботы", "Скидка 25 % до воскресенья", "Скидка -20-+25+ % до -субботы-+воскресенья+"],
  ["Привет, {name}!", "Привет, {name|друг}!", "Привет, {name+|друг+}!"],
  ["a b c", "b c", "-a -b c"],
  ["С весной! Скидка на всё до конца марта.", "Ждём вас завтра, Иван", "-С весной! Скидка на всё до конца марта.-+Ждём вас завтра, Иван+"],
])("%s → %s", (before, after, wanted) => {
  expect(shown(before, after)).toBe(wanted);
});

test("nothing is lost, whatever the texts", () => {
  const texts = ["Скидка 😀 20 %\nдо конца", "😀😀 до начала", "x".repeat(2000), "a b ".repeat(500)];
  for (const before of texts) {
    for (const after of texts) {
      const changes = diff(before, after);
      const side = (kind: "added" | "removed") => changes.filter((change) => change.kind !== kind).map(({ text }) => text).join("");
      expect([side("added"), side("removed")]).toEqual([before, after]);
    }
  }
});
