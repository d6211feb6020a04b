/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { patternOf, piecesOf } from "./pattern";

test("a pattern is its text and its variables", () => {
  expect(piecesOf("Заказ %d{1,3} готов, 15% вам, %w+")).toEqual([
    { text: "Заказ ", isVariable: false },
    { text: "%d{1,3}", isVariable: true },
    { text: " готов, 15% вам, ", isVariable: false },
    { text: "%w+", isVariable: true },
  ]);
  expect(piecesOf("%d%w")).toEqual([
    { text: "%d", isVariable: true },
    { text: "%w", isVariable: true },
  ]);
});

test("a template's fields become words", () => {
  expect(patternOf("Здравствуйте, {first_name|друг}! Ваш код {promo spring}: {link https://shop.example/}")).toBe("Здравствуйте, %w{1,5}! Ваш код %w: %w");
});

test("a template with conditions is several texts", () => {
  expect(patternOf("{if sum > 1}Много{else}Мало{end}")).toBeNull();
  expect(patternOf("{first_name")).toBeNull();
});
