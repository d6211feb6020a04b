/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { obstacleTo, type Values } from "./useForm";

const whole: Values = { name: "N", category: "service", sender: "SHOP", text: "Hi {first_name|you}", spelling: "as_is" };
const known = new Set(["first_name"]);

test.each<[Partial<Values>, string | null]>([
  [{}, null],
  [{ sender: "" }, null],
  [{ text: " " }, "no_text"],
  [{ text: "Hi {first_name" }, "text_wrong"],
  [{ text: "Hi {frist_name}" }, "text_wrong"],
  [{ text: "{if frist_name}x{end}" }, "text_wrong"],
  [{ name: " " }, "no_name"],
  [{ sender: "Магазин" }, "sender_wrong"],
])("%o is held back by %s", (more, obstacle) => {
  expect(obstacleTo({ ...whole, ...more }, true, known)).toBe(obstacle);
});

test("what is as it was is not saved again", () => {
  expect(obstacleTo(whole, false, known)).toBe("nothing");
});
