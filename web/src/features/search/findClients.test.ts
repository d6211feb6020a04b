/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { beforeEach, expect, test, vi } from "vitest";
import { api } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { findClients, type ClientPage } from "./findClients";
import { readQuery } from "./query";

const { signal } = new AbortController();
const client = (id: string): ClientPage["clients"][number] => ({
  id,
  external_id: null,
  phone: "+79161234567",
  last_name: null,
  first_name: null,
  middle_name: null,
  sex: null,
  birthday: null,
  language: null,
  time_zone: null,
  region: null,
  city: null,
  branch: null,
  manager: null,
  status: null,
  segment: null,
  loyalty_tier: null,
  points: null,
  balance: null,
  debt: null,
  contract_number: null,
  contract_from: null,
  contract_to: null,
  registered_on: null,
  tags: [],
  attributes: {},
  opt_out: null,
  blocked_at: null,
  updated_at: "2026-11-22T10:00:00.000Z",
  gone_at: null,
});

type Body = Record<string, unknown>;
const answers = vi.fn<(body: Body) => ClientPage>();
const bodies = () => answers.mock.calls.map(([body]) => body);

beforeEach(() => {
  answers.mockReset().mockReturnValue({ clients: [], next_cursor: null });
  // `never`: comparing it with every path of the API is more than the compiler does.
  const answer = (_path: string, options: { body: Body }) => Promise.resolve().then(() => answers(options.body));
  vi.spyOn(api, "post").mockImplementation(answer as never);
});

test("nothing typed asks for everybody, of a list", async () => {
  await findClients({ query: null, listId: "3", cursor: "17" }, signal);
  expect(bodies()).toEqual([{ limit: 50, list_id: "3", cursor: "17" }]);
});

test("bare digits are looked for as number and as code", async () => {
  await findClients({ query: readQuery("9161234567") }, signal);
  expect(bodies()).toEqual([
    { phone: "+79161234567", limit: 50 },
    { external_id: "9161234567", limit: 50 },
  ]);
});

test("who has the code comes first and once", async () => {
  answers.mockImplementation((body) => ({ clients: "name" in body ? [client("1"), client("2")] : [client("2")], next_cursor: "name" in body ? "2" : null }));
  const page = await findClients({ query: readQuery("C2") }, signal);
  expect(page.clients.map(({ id }) => id)).toEqual(["2", "1"]);
  expect(page.next_cursor).toBe("2");
});

test("later pages ask by name alone", async () => {
  await findClients({ query: readQuery("C2"), cursor: "5" }, signal);
  expect(bodies()).toEqual([{ name: "C2", limit: 50, cursor: "5" }]);
});

test("a refused number does not hide who has it as a code", async () => {
  const refusal = new ApiProblem({ status: 422, kind: "invalid-request" });
  answers.mockImplementation((body) => {
    if ("phone" in body) throw refusal;
    return { clients: [client("7")], next_cursor: null };
  });
  expect((await findClients({ query: readQuery("99912345678") }, signal)).clients).toHaveLength(1);
  answers.mockImplementation((body) => {
    if ("phone" in body) throw refusal;
    return { clients: [], next_cursor: null };
  });
  await expect(findClients({ query: readQuery("99912345678") }, signal)).rejects.toBe(refusal);
});

test("a fixed number is no client's and is not asked for", async () => {
  expect((await findClients({ query: readQuery("8 (495) 123-45-67") }, signal)).clients).toEqual([]);
  expect(bodies()).toEqual([]);
});
