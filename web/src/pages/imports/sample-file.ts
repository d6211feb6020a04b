/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A file to begin from, as Excel opens and saves it in Russia: UTF-8 with its mark, semicolons. */
export const sampleName = { ru: "пример.csv", en: "example.csv" };

const rows = [
  ["Телефон", "Фамилия", "Имя", "Отчество", "Город"],
  ["+7 900 123-45-67", "Иванова", "Мария", "Сергеевна", "Тверь"],
  ["8 (900) 765-43-21", "Петров", "Алексей", "Игоревич", "Нижний Новгород"],
  ["9001112233", "Сидорова", "Ольга", "", "Казань"],
];

export function sampleText(): string {
  return `\ufeff${rows.map((row) => row.join(";")).join("\r\n")}\r\n`;
}

export function sampleFile(): Blob {
  return new Blob([sampleText()], { type: "text/csv;charset=utf-8" });
}
