/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The browser counts as the sender does: both are held to the vectors of tests/vectors. */
import { expect, test } from "vitest";
import { gsmCost } from "./gsm7";
import { normalise, split, type RefBits } from "./parts";
import { rowsOf } from "./vectors";

const named: Record<string, string> = {
  a: "a",
  euro: "€",
  "ж": "ж",
  emoji: "😀",
  "{": "{",
  braces: "{",
  Cyrillic: "ж",
};
const described: Record<string, string> = {
  empty: "",
  "160 a with a typographic dash": `${"a".repeat(80)}—${"a".repeat(79)}`,
  "backtick forces UCS2": `${"a".repeat(69)}\``,
  "ZWJ family emoji": "👨\u200d👩\u200d👧",
};

/* "152 a + euro + 10 a (escape pair must move)": pieces repeated. */
function textOf(name: string): string {
  const known = described[name];
  if (known !== undefined) return known;
  const pieces = name.replace(/ \(.*| mixed$/, "").split(/ \+ |, (?=\d)/);
  return pieces
    .map((piece) => {
      const [, count = "1", what = ""] = /^(?:(\d+|one) )?(?:x )?([^\s,]+),?$/.exec(piece) ?? [];
      const character = named[what];
      if (character === undefined) throw new Error(`no text for ${name}`);
      return character.repeat(count === "one" ? 1 : Number(count));
    })
    .join("");
}

const vectors = rowsOf("segment_vectors.csv");

test("all vectors are read", () => {
  expect(vectors.length).toBe(72);
});

test.each(vectors)("%s, reference of %s bits", (name = "", bits = "8", encoding = "", units = "", segments = "", perPart = "", short = "") => {
  const { parts, ...whole } = split(short === "" ? textOf(name) : short, Number(bits) as RefBits);
  expect(whole).toEqual({ encoding: encoding.toLowerCase(), units: Number(units) });
  expect(parts.length).toBe(Number(segments));
  const sizes = parts.map((part) => part.units);
  if (perPart.startsWith("last ")) expect(sizes.at(-1)).toBe(Number(perPart.slice(5)));
  else if (perPart.includes(" x ")) expect(`${sizes.length} x ${sizes[0] ?? ""}`).toBe(perPart);
  else expect(sizes.join("+")).toBe(perPart);
});

test("the alphabet is the standard's", () => {
  const rows = rowsOf("gsm7_default.csv").filter(([, , code]) => code !== "001B");
  expect(rows.length).toBeGreaterThan(130);
  const wanted = new Map(rows.map(([, , code = "", , septets]) => [String.fromCodePoint(parseInt(code, 16)), Number(septets)]));
  for (let code = 0; code < 0x3000; code++) {
    const character = String.fromCodePoint(code);
    expect([code, gsmCost(character)]).toEqual([code, wanted.get(character) ?? 0]);
  }
});

test("parts lie end to end and cut no character", () => {
  const text = "ж".repeat(66) + "👨\u200d👩\u200d👧🇷🇺e\u0301".repeat(20);
  const { parts } = split(text);
  expect(parts.map(({ from, to }) => text.slice(from, to)).join("")).toBe(text);
  for (const { from } of parts) expect(text.slice(from)).not.toMatch(/^(?:\u200d|\u0301|[\udc00-\udfff])/);
});

test("what is counted is what is sent", () => {
  expect(normalise("a\r\nb\rc")).toBe("a\nb\nc");
  expect(normalise("\ufeffи\u0306 e\u0301\u200b\u2060")).toBe("й é");
  expect(normalise("नि ж\u0301")).toBe("नि ж\u0301");
});
