/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { meaningOf } from "./smpp";

test("statuses people meet have words, an operator's own has none", () => {
  expect(meaningOf("ESME_RINVDSTADR")).toBe("number");
  expect(meaningOf("ESME_RTHROTTLED")).toBe("busy");
  expect(meaningOf(0x0b)).toBe("number");
  expect(meaningOf(0x400)).toBeNull();
  expect(meaningOf("0x00000400")).toBeNull();
  expect(meaningOf("toString")).toBeNull();
  expect(meaningOf(undefined)).toBeNull();
});
