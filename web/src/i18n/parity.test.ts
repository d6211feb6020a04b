/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Both languages say the same things: the same keys, the same values put in, every plural form. */
import { expect, test } from "vitest";

type Words = Record<string, unknown>;
const files = import.meta.glob<Words>(["./ru.json", "./en.json", "../{pages,features}/*/*.json"], { eager: true, import: "default" });

const pluralForms = { ru: ["one", "few", "many", "other"], en: ["one", "other"] };
type Language = keyof typeof pluralForms;

function flatten(words: Words, prefix = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value as Words, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

const withoutForm = (key: string) => key.replace(/_(one|few|many|other)$/, "");
const isPlural = (key: string) => withoutForm(key) !== key;

function problemsOfPlurals(language: Language, keys: readonly string[]): string[] {
  const stems = new Set(keys.filter(isPlural).map(withoutForm));
  return [...stems].flatMap((stem) => {
    const wanted = pluralForms[language].map((form) => `${stem}_${form}`);
    const there = keys.filter((key) => isPlural(key) && withoutForm(key) === stem);
    return wanted.toSorted().join() === there.toSorted().join() ? [] : [`${stem} has the forms ${there.join(", ")}`];
  });
}

const placeholders = (text: string) => [...text.matchAll(/{{\s*([a-z_]+)/gi)].map((match) => match[1]).toSorted().join();
/* What a key puts in: a plural's last form speaks for the others, where "one" may say no number. */
const putIn = (flat: Map<string, string>) => new Map([...flat].map(([key, text]) => [withoutForm(key), placeholders(text)]));

const folders = [...new Set(Object.keys(files).map((path) => path.replace(/\/(ru|en)\.json$/, "")))];

test.each(folders)("%s says the same in Russian and English", (folder) => {
  const [ru, en] = [files[`${folder}/ru.json`], files[`${folder}/en.json`]];
  if (ru === undefined || en === undefined) throw new Error(`${folder} lacks ru.json or en.json`);
  const [russian, english] = [flatten(ru), flatten(en)];
  expect([...putIn(russian)].toSorted()).toEqual([...putIn(english)].toSorted());
  expect(problemsOfPlurals("ru", [...russian.keys()])).toEqual([]);
  expect(problemsOfPlurals("en", [...english.keys()])).toEqual([]);
});

test("every page of the menu has its word", () => {
  const sources = import.meta.glob<string>("../pages/*/page.tsx", { eager: true, query: "?raw", import: "default" });
  const inMenu = Object.keys(sources).filter((page) => sources[page]?.includes("menu: {"));
  expect(inMenu.length).toBeGreaterThan(0);
  for (const page of inMenu) expect(files[page.replace("page.tsx", "ru.json")]).toHaveProperty("menu");
});

test("no text has the typewriter's marks", () => {
  const wrong = Object.entries(files).flatMap(([path, words]) =>
    [...flatten(words)].filter(([, text]) => / - |\.\.\.|"/.test(text)).map(([key, text]) => `${path} ${key}: ${text}`),
  );
  expect(wrong).toEqual([]);
});
