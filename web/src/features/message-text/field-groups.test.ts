/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { groupFields } from "./field-groups";
import type { Placeholder } from "./queries";

const of = (name: string, kind: Placeholder["kind"] = "field"): Placeholder => ({ name, kind, type: "text", russian: null });

test("fields stand in groups, attributes in one of their own, whatever they are called", () => {
  const groups = groupFields([of("first_name"), of("city"), of("debt"), of("city_2", "attribute"), of("debt", "attribute"), of("новое_поле")]);
  expect(groups.map(({ group, fields }) => [group, fields.map(({ name }) => name)])).toEqual([
    ["person", ["first_name", "новое_поле"]],
    ["place", ["city"]],
    ["money", ["debt"]],
    ["own", ["city_2", "debt"]],
  ]);
});
