/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which list a file's clients are proposed to be put on. */

/* Names that programs give, which say nothing of the clients. */
const sayingNothing = /^(книга|лист|book|sheet|export|экспорт|выгрузка|выгрузка клиентов|clients?|клиенты|client list|contacts|контакты|data|данные|файл|file|новый|документ|таблица|untitled|без имени|пример|example)[ \d]*$/i;

/* "VIP_ноябрь (2).csv" as "VIP ноябрь"; empty when the name says nothing. */
export function nameOfFile(fileName: string): string {
  const words = fileName
    .replace(/\.[a-zа-я0-9]{1,5}$/i, "")
    .replace(/\s*[([]\d+[)\]]$/, "")
    .replace(/[_\s]+/g, " ")
    .trim();
  return sayingNothing.test(words) ? "" : words;
}

/* A list that is called like the file, else a new one by the file's name. */
export function proposeListName(fileName: string, lists: readonly string[]): string {
  const name = nameOfFile(fileName).slice(0, 200);
  const same = lists.find((list) => list.toLowerCase() === name.toLowerCase());
  return same ?? name;
}

/* The import whose bad rows the file holds, corrected: "bad-rows-17 (1).csv". */
export function importOfBadRows(fileName: string): string | null {
  return /^bad-rows-(\d{1,18})\b/.exec(fileName)?.[1] ?? null;
}
