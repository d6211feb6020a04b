/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { buttonOf, endOf } from "./ways";

test("the address says how a way ended, in words that are known", () => {
  expect(endOf("?sign_in=no_role")).toBe("no_role");
  expect(endOf("?a=b&sign_in=expired")).toBe("expired");
  for (const search of ["", "?sign_in=", "?sign_in=toString", "?sign_in=<b>", "?other=refused"]) expect(endOf(search)).toBeNull();
});

test("there is a button only for a way there is, under the company's name for it", () => {
  const ways = { password: true, directory: true };
  expect(buttonOf(undefined, "ours")).toBeNull();
  expect(buttonOf({ ...ways, oidc: null }, "ours")).toBeNull();
  expect(buttonOf({ ...ways, oidc: { title: " Company account " } }, "ours")).toBe("Company account");
  expect(buttonOf({ ...ways, oidc: { title: " " } }, "ours")).toBe("ours");
});
