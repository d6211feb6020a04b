/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { clientName } from "./name";

const nobody = { last_name: null, first_name: null, middle_name: null, external_id: null };

test("a client is called by name, else by code", () => {
  expect(clientName({ ...nobody, last_name: "Иванов", first_name: "Иван", external_id: "C1" })).toBe("Иванов Иван");
  expect(clientName({ ...nobody, first_name: "Иван", last_name: " " })).toBe("Иван");
  expect(clientName({ ...nobody, external_id: "C1" })).toBe("C1");
  expect(clientName(nobody)).toBe("");
});
