/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { leafOf, missingOf, type Catalog, type Leaf, type Tree } from "./catalog";
import { emptyGroup, fromTree, isLeaf, toTree, unfinished, type Group } from "./tree";

const criterion = (code: string, kind: Catalog["criteria"][number]["kind"], takes: Catalog["criteria"][number]["takes"] = []) => ({ code, name: code, family: "person", kind, ops: [], takes });

const catalog: Catalog = {
  families: [],
  criteria: [
    criterion("city", "text"),
    criterion("age", "number"),
    criterion("birthday", "date"),
    criterion("opted_out_all", "yes_no"),
    criterion("action_sum", "number", ["action", "category", "period"]),
    criterion("messages_sent", "number", ["within"]),
    criterion("in_list", "yes_no", ["list"]),
    criterion("random_share", "yes_no", ["percent", "seed"]),
  ],
  attributes: [],
  actions: [],
  categories: [],
  purposes: [],
  operators: [],
  regions: [],
  zones: [],
};

const city: Leaf = { criterion: "city", op: "in", values: ["Тверь", "Казань"] };
const age: Leaf = { criterion: "age", op: "between", from: 18, to: 25 };
const born: Leaf = { criterion: "birthday", op: "next_days", days: 7 };
const stopped: Leaf = { criterion: "opted_out_all", op: "is" };
const bought: Leaf = { criterion: "action_sum", op: "ge", value: 5000, action: "purchase", category: "shoes", within: 90 };
const listed: Leaf = { criterion: "in_list", op: "is_not", list: "934352981145419776" };

test.each<[string, Tree]>([
  ["one condition", city],
  ["all of several", { and: [city, age, born] }],
  ["at least one", { or: [city, bought] }],
  ["groups in groups", { and: [city, { or: [age, { and: [born, listed] }] }, stopped] }],
  ["none of several", { not: { or: [city, age] } }],
  ["not all of several", { not: { and: [city, age] } }],
  ["not one", { not: city }],
  ["a group that is denied within another", { or: [city, { not: { or: [age, { not: stopped }] } }] }],
])("%s comes back as it went in", (_, tree) => {
  expect(toTree(fromTree(tree), catalog)).toEqual(tree);
});

/* A client by which conditions it fulfils, told by their criteria. */
function fulfils(node: Tree, client: ReadonlySet<string>): boolean {
  if (node.and !== undefined) return node.and.every((inner) => fulfils(inner, client));
  if (node.or !== undefined) return node.or.some((inner) => fulfils(inner, client));
  if (node.not !== undefined) return !fulfils(node.not, client);
  return isLeaf(node) && client.has(node.criterion);
}

const leaves = [city, age, born, stopped];
const clients = Array.from({ length: 2 ** leaves.length }, (_, bits) => new Set(leaves.filter((__, i) => (bits & (2 ** i)) !== 0).map((leaf) => leaf.criterion)));

/* The same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function randomTree(random: () => number, depth: number): Tree {
  const kind = Math.floor(random() * (depth === 0 ? 1 : 4));
  const inner = () => Array.from({ length: 1 + Math.floor(random() * 3) }, () => randomTree(random, depth - 1));
  if (kind === 1) return { and: inner() };
  if (kind === 2) return { or: inner() };
  if (kind === 3) return { not: randomTree(random, depth - 1) };
  return leaves[Math.floor(random() * leaves.length)] ?? city;
}

const meaning = (tree: Tree) => clients.map((client) => fulfils(tree, client));

test("any tree means the same after it was edited", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const tree = randomTree(randomOf(seed), 4);
    const edited = toTree(fromTree(tree), catalog) ?? {};
    expect(meaning(edited), `seed ${seed}`).toEqual(meaning(tree));
    expect(toTree(fromTree(edited), catalog), `seed ${seed}: edited twice`).toEqual(edited);
  }
});

test("what is not yet whole is left out and counted", () => {
  const group: Group = {
    combinator: "or",
    rules: [
      { field: "city", operator: "in", value: { values: [] } },
      { field: "age", operator: "ge", value: { value: 18 } },
      { combinator: "and", rules: [{ field: "in_list", operator: "is", value: {} }] },
    ],
  };
  expect(toTree(group, catalog)).toEqual({ criterion: "age", op: "ge", value: 18 });
  expect(unfinished(group, catalog)).toBe(2);
  expect([toTree(emptyGroup(), catalog), unfinished(emptyGroup(), catalog)]).toEqual([null, 1]);
});

const known = (code: string) => catalog.criteria.find((one) => one.code === code) ?? criterion(code, "text");

test("members of another operator are forgotten", () => {
  const members = { value: 5, from: 1, to: 2, days: 3, values: ["x"], within: 4, list: "1" };
  expect(leafOf(known("age"), "between", members)).toEqual({ criterion: "age", op: "between", from: 1, to: 2 });
  expect(leafOf(known("age"), "empty", members)).toEqual({ criterion: "age", op: "empty" });
  expect(leafOf(known("birthday"), "last_days", members)).toEqual({ criterion: "birthday", op: "last_days", days: 3 });
});

test("nothing is an answer, too", () => {
  expect(missingOf(known("age"), "eq", { value: 0 })).toBeUndefined();
  expect(missingOf(known("random_share"), "is", { percent: 0 })).toBeUndefined();
});

test.each([
  ["age", "between", { from: 1 }, "to"],
  ["action_sum", "ge", { value: 1 }, "action"],
  ["action_sum", "ge", { value: 1, action: "purchase" }, undefined],
  ["messages_sent", "eq", { value: 1 }, "within"],
  ["random_share", "is", { seed: "x" }, "percent"],
  ["in_list", "is", { list: "7" }, undefined],
])("%s %s with %j lacks %s", (code, op, members, missing) => {
  expect(missingOf(known(code), op, members)).toBe(missing);
});
