/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { Campaign } from "@/api/types";
import { similarDraft, similarName } from "./similar";

test("a copy of a copy is called like a copy", () => {
  expect(similarName("Ноябрь", " (копия)")).toBe("Ноябрь (копия)");
  expect(similarName("Ноябрь (копия)", " (копия)")).toBe("Ноябрь (копия)");
});

test("the longest name still fits", () => {
  const name = similarName("я".repeat(200), " (копия)");
  expect(name).toHaveLength(200);
  expect(name.endsWith("я (копия)")).toBe(true);
});

test("message, audience and manner stay; start, exemption, status and fate do not", () => {
  const model = { id: "5", name: "Ноябрь", text: "{first_name|Клиент}", sender: "VESTNIK", class: "advertising", category: "advertising", list_id: "3", list_name: "VIP" } as Campaign;
  const draft = similarDraft({ ...model, account: null, priority: 5, max_parts: 6, validity_s: 86_400, pace_per_min: null, after_hours: "cancel", cap_exempt: "Отзыв", start_at: "2026-11-23T07:00:00.000Z", status: "finished" }, " (копия)");
  expect(draft).toEqual({
    name: "Ноябрь (копия)",
    text: "{first_name|Клиент}",
    sender: "VESTNIK",
    class: "advertising",
    category: "advertising",
    list_id: "3",
    account: null,
    priority: 5,
    max_parts: 6,
    validity_s: 86_400,
    pace_per_min: null,
    after_hours: "cancel",
  });
});
