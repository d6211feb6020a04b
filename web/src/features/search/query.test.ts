/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { nameTurned, readQuery } from "./query";

test.each(["", "  ", "\u00a0"])("nothing typed asks for nothing", (typed) => {
  expect(readQuery(typed)).toBeNull();
});

test("a number as people write it is a number", () => {
  expect(readQuery(" 8 (916) 123-45-67 ")).toEqual({ kind: "phone", phone: "+79161234567", code: null, name: null });
});

test("bare digits may be a code as well", () => {
  expect(readQuery("9161234567")).toEqual({ kind: "phone", phone: "+79161234567", code: "9161234567", name: null });
  expect(readQuery("10427")).toEqual({ kind: "piece", phone: null, code: "10427", name: null });
});

test("a piece of a number is known for one", () => {
  expect(readQuery("+7 916 12")?.kind).toBe("piece");
});

test("letters and digits are a code, and may begin a name", () => {
  expect(readQuery("C0000017")).toEqual({ kind: "code", phone: null, code: "C0000017", name: "C0000017" });
  expect(readQuery("АБ-17")?.code).toBe("АБ-17");
});

test("words are a name; one in Latin letters may be a code", () => {
  expect(readQuery("Иванов Ив")).toEqual({ kind: "name", phone: null, code: null, name: "Иванов Ив" });
  expect(readQuery("иванов")?.code).toBeNull();
  expect(readQuery("VIP")).toEqual({ kind: "name", phone: null, code: "VIP", name: "VIP" });
});

test("signs alone can only be a code", () => {
  expect(readQuery("#!")).toEqual({ kind: "code", phone: null, code: "#!", name: null });
});

test("markup is a name like any other", () => {
  expect(readQuery("<img src=x onerror=alert(1)>")?.name).toBe("<img src=x onerror=alert(1)>");
});

test("first name first is turned round", () => {
  expect(nameTurned("Иван Петров")).toBe("Петров Иван");
  expect(nameTurned(" Иван  Иванович Петров ")).toBe("Петров Иван");
  expect(nameTurned("Петров")).toBeNull();
});
