/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { withoutList } from "./unlisted";

const today = "2026-11-28";
const provider = (name: string) => ({ id: "1", name, title: "", contact: "", currency: "RUB" });
const account = (name: string, of: string, enabled = true) => ({ name, enabled, price_per_part: "2.35", provider: provider(of) });
const list = (account: string | null, of: string | null, from = "2026-01-01") => ({ account, provider: of, from, until: null });

test("an account has the list of its own or of its provider, once that is in force", () => {
  const accounts = [account("main", "mts"), account("spare", "mts"), account("other", "beeline"), account("off", "beeline", false)];
  expect(withoutList(accounts, [list("main", null)], today).map(({ name }) => name)).toEqual(["spare", "other"]);
  expect(withoutList(accounts, [list(null, "mts")], today)).toEqual([{ name: "other", price: "2.35" }]);
  expect(withoutList(accounts, [list(null, "mts", "2026-12-01")], today)).toHaveLength(3);
});
