/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { cleanAddress, linkText, linkWrong } from "./link";
import { scan } from "./template";

test.each([
  ["https://shop.example", "{link https://shop.example?c={external_id|}}"],
  ["https://shop.example/a?b=1", "{link https://shop.example/a?b=1&c={external_id|}}"],
  ["https://shop.example/a?", "{link https://shop.example/a?c={external_id|}}"],
  ["https://shop.example/a#top", "{link https://shop.example/a?c={external_id|}#top}"],
])("%s with the client's code", (address, text) => {
  expect(linkText(address, true)).toBe(text);
  expect(scan(text).problem).toBeNull();
  expect(linkText(` ${address} `, false)).toBe(`{link ${address}}`);
});

test("a Cyrillic site gets the form that addresses have", () => {
  expect(cleanAddress("https://магазин.рф/весна?a=1")).toBe("https://xn--80aairftm.xn--p1ai/весна?a=1");
  expect(linkWrong("https://магазин.рф/весна")).toBeNull();
});

test.each([
  ["", "link_address"],
  ["shop.example", "link_address"],
  ["javascript:alert(1)", "link_address"],
  ["https://a b/", "link_host"],
  ["https://shop.example/a b", "link_character"],
  ["https://shop.example/}", "lone_brace"],
])("“%s” is refused as %s", (address, kind) => {
  expect(linkWrong(address)).toBe(kind);
});
