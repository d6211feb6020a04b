/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { changeRows } from "./changes";

test("each field is a row, and each client is named once", () => {
  const rows = changeRows([
    {
      client_id: "1",
      phone: "+7916•••01",
      fields: [
        { field: "city", attribute: null, was: "Тверь", becomes: "Москва" },
        { field: "attribute", attribute: "размер", was: null, becomes: "4•••" },
      ],
    },
    { client_id: "2", phone: null, fields: [{ field: "city", attribute: null, was: null, becomes: "Клин" }] },
  ]);
  expect(rows.map(({ client_id, isFirst, was, becomes }) => [client_id, isFirst, was, becomes])).toEqual([
    ["1", true, "Тверь", "Москва"],
    ["1", false, null, "4•••"],
    ["2", true, null, "Клин"],
  ]);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(3);
});
