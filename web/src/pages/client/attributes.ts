/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Attributes come from files as {"сумма_долга": "120"}: here they get names people read and an order. */

export interface Attribute {
  name: string;
  value: string;
}

/* "сумма_долга" is "Сумма долга". */
export function readableName(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const firstWord = (name: string) => name.split("_", 1)[0] ?? name;

/* Those whose names begin with the same word stand together, the single ones in a group of their own before
 * them; all by name. */
export function grouped(attributes: Readonly<Record<string, string>>, language: string): Attribute[][] {
  const { compare } = new Intl.Collator(language, { numeric: true });
  const names = Object.keys(attributes).toSorted(compare);
  const beginnings = [...new Set(names.map(firstWord))];
  const groups = beginnings.map((beginning) => names.filter((name) => firstWord(name) === beginning));
  const single = groups.filter(({ length }) => length === 1).flat();
  const several = groups.filter(({ length }) => length > 1);
  return [single, ...several].filter(({ length }) => length > 0).map((group) => group.map((name) => ({ name: readableName(name), value: attributes[name] ?? "" })));
}
